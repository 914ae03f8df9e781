// Opens pages of the site in headless Chromium and uses them as a reviewer does. Prints JSON.
// Usage: node look_site.js CHROMIUM INDEX AGENCY YEAR PDF
const { VIEWS, axe, foreignScriptRuns, layout, main, open, openIn, skip, urlOf } = require("./looking.js");

async function look(browser, url, view) {
  const { context, page, requests, messages } = await openIn(browser, url, view);
  const seen = { ...(await page.evaluate(layout)), ...(await skip(page)), ...(await axe(page)), requests, messages };
  await context.close();
  return seen;
}

// What the table shows: the heads of the visible rows, the sorted columns, and what is announced.
const table = (page) =>
  page.evaluate(() => ({
    rows: [...document.querySelectorAll("#list tbody tr")]
      .filter((row) => row.checkVisibility())
      .map((row) => row.cells[0].querySelector("a").textContent),
    sorted: Object.fromEntries(
      [...document.querySelectorAll("#list thead th[aria-sort]")].map((head) => [head.textContent, head.ariaSort]),
    ),
    said: document.getElementById("count").textContent,
    dimmed: document.querySelectorAll("#list td.other").length,
  }));

// Tabs on from where the focus is to the first element for which `wanted` holds.
async function tabTo(page, wanted) {
  for (let step = 0; step < 60; step++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(wanted)) {
      const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
      return outline !== "none";
    }
  }
  throw new Error(`never reached by Tab: ${wanted}`);
}

async function useIndex(browser, url) {
  const { context, page, messages } = await open(browser, url);
  const steps = { start: await table(page) };
  const visible = [await tabTo(page, () => document.activeElement.id === "q")];
  await page.keyboard.type("甲市BUREAU");
  steps.searched = await table(page);
  visible.push(await tabTo(page, () => document.activeElement.type === "reset"));
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.getElementById("q").value === "");
  await page.waitForTimeout(50);
  steps.cleared = await table(page);
  await page.selectOption("#s", "failed");
  steps.failed = await table(page);
  await page.selectOption("#y", "2021");
  steps.failed2021 = await table(page);
  await page.selectOption("#s", "behind");
  await page.selectOption("#y", "2020");
  steps.late2020 = await table(page);
  await page.selectOption("#s", "");
  await page.selectOption("#y", "");
  await page.focus("#q");
  visible.push(await tabTo(page, () => document.activeElement.textContent === "错误"));
  await page.keyboard.press("Enter");
  steps.up = await table(page);
  await page.keyboard.press("Space");
  steps.down = await table(page);
  await page.focus("#q");
  visible.push(await tabTo(page, () => document.activeElement.textContent === "2021年度"));
  await page.keyboard.press("Enter");
  steps.worst = await table(page);
  // From the index to the ledger of a failed report in three clicks or fewer.
  await page.click('#list a[href="bureau/2020/failed/reason.txt"]');
  const reason = await page.textContent("body");
  await page.goBack();
  await page.click('#list a[href="site/agencies/bureau.html"]');
  await page.click('a[href="../../bureau/2020/review.html#k1"]');
  const review = await page.title();
  await context.close();
  return { steps, visible, reason, review, messages };
}

async function useYear(browser, url) {
  const { context, page, messages } = await open(browser, url);
  const head = (text) => page.click(`#list thead button:has-text("${text}")`);
  await head("新收申请");
  const up = await table(page);
  await head("新收申请");
  const down = await table(page);
  await head("机关");
  const named = await table(page);
  await context.close();
  return { up, down, named, messages };
}

async function withoutScript(browser, url) {
  const { context, page } = await open(browser, url, { javaScriptEnabled: false });
  const rows = await page.locator("#list tbody tr").count();
  const form = await page.locator("#find").isVisible();
  const buttons = await page.locator("#list thead button").count();
  await context.close();
  return { rows, form, buttons };
}

async function foreign(browser, url) {
  const { context, page } = await open(browser, url);
  const ran = await foreignScriptRuns(page);
  await context.close();
  return ran;
}

main(async (browser, index, agency, year, pdf) => {
  const urls = { index: urlOf(index), agency: urlOf(agency), year: urlOf(year) };
  const pages = {};
  for (const [name, url] of Object.entries(urls)) {
    pages[name] = {};
    for (const view of VIEWS) pages[name][view.name] = await look(browser, url, view);
  }
  const { context, page } = await open(browser, urls.index);
  await page.pdf({ path: pdf, format: "A4" });
  await context.close();
  return {
    urls,
    pages,
    index: await useIndex(browser, urls.index),
    year: await useYear(browser, urls.year),
    plain: { index: await withoutScript(browser, urls.index), year: await withoutScript(browser, urls.year) },
    foreign: { index: await foreign(browser, urls.index), agency: await foreign(browser, urls.agency) },
  };
});
