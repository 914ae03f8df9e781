// Opens pages of the site in headless Chromium and uses them as a reviewer does. Prints JSON.
// Usage: node look_site.js CHROMIUM INDEX AGENCY YEAR PDF; nothing is downloaded, any request but the page is reported.
const { chromium } = require("playwright-core");
const path = require("node:path");
const { pathToFileURL } = require("node:url");

const VIEWS = [
  { name: "desktop", width: 1280, scheme: "light" },
  { name: "desktop-dark", width: 1280, scheme: "dark" },
  { name: "phone", width: 360, scheme: "light" },
  { name: "phone-dark", width: 360, scheme: "dark" },
];
const AXE = path.join(__dirname, "node_modules/axe-core/axe.min.js");

async function open(browser, url, options) {
  const context = await browser.newContext({ offline: true, viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  const heard = { requests: [], messages: [] };
  page.on("request", (request) => heard.requests.push(request.url()));
  page.on("console", (message) => heard.messages.push(message.text()));
  page.on("pageerror", (error) => heard.messages.push(String(error)));
  await page.goto(url);
  return { context, page, heard };
}

async function look(browser, url, view) {
  // axe-core is injected, which the page's own policy would refuse; the other checks run under the policy.
  const viewport = { width: view.width, height: 800 };
  const { context, page, heard } = await open(browser, url, { viewport, colorScheme: view.scheme, bypassCSP: true });
  const seen = await page.evaluate(() => ({
    pageWidth: document.documentElement.scrollWidth,
    viewWidth: innerWidth,
    outside: [...document.querySelectorAll("main *")]
      .filter((one) => !one.closest(".scroll") && one.getBoundingClientRect().right > innerWidth + 1)
      .map((one) => one.outerHTML.slice(0, 80)),
    regions: [...document.querySelectorAll(".scroll")].map((one) => ({
      focusable: one.tabIndex === 0,
      label: document.getElementById(one.getAttribute("aria-labelledby"))?.textContent,
    })),
    paper: getComputedStyle(document.body).backgroundColor,
  }));
  await page.keyboard.press("Tab");
  const first = await page.evaluate(() => document.activeElement.getAttribute("href"));
  await page.keyboard.press("Enter");
  const skipped = await page.evaluate(() => document.activeElement.id);
  await page.addScriptTag({ path: AXE });
  const axe = await page.evaluate(() =>
    axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }),
  );
  await context.close();
  const violations = axe.violations.map((one) => `${one.id}: ${one.nodes[0].html.slice(0, 120)}`);
  return { ...seen, ...heard, first, skipped, violations, passes: axe.passes.length };
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
  const { context, page, heard } = await open(browser, url, {});
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
  await page.click('a[href="../../bureau/2020/review.html#failed"]');
  const review = await page.title();
  await context.close();
  return { steps, visible, reason, review, messages: heard.messages };
}

async function useYear(browser, url) {
  const { context, page, heard } = await open(browser, url, {});
  const head = (text) => page.click(`#list thead button:has-text("${text}")`);
  await head("新收申请");
  const up = await table(page);
  await head("新收申请");
  const down = await table(page);
  await head("机关");
  const named = await table(page);
  await context.close();
  return { up, down, named, messages: heard.messages };
}

async function withoutScript(browser, url) {
  const { context, page } = await open(browser, url, { javaScriptEnabled: false });
  const rows = await page.locator("#list tbody tr").count();
  const form = await page.locator("#find").isVisible();
  const buttons = await page.locator("#list thead button").count();
  await context.close();
  return { rows, form, buttons };
}

async function policy(browser, url) {
  // No script but the page's own runs.
  const { context, page } = await open(browser, url, {});
  const ran = await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.ran = true";
    document.body.append(script);
    return Boolean(window.ran);
  });
  await context.close();
  return ran;
}

(async () => {
  const [, , executablePath, index, agency, year, pdf] = process.argv;
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  const urls = { index, agency, year };
  const pages = {};
  for (const [name, file] of Object.entries(urls)) {
    urls[name] = pathToFileURL(path.resolve(file)).href;
    pages[name] = {};
    for (const view of VIEWS) pages[name][view.name] = await look(browser, urls[name], view);
  }
  const result = {
    urls,
    pages,
    index: await useIndex(browser, urls.index),
    year: await useYear(browser, urls.year),
    plain: { index: await withoutScript(browser, urls.index), year: await withoutScript(browser, urls.year) },
    foreign: { index: await policy(browser, urls.index), agency: await policy(browser, urls.agency) },
  };
  const { context, page } = await open(browser, urls.index, {});
  await page.pdf({ path: pdf, format: "A4" });
  await context.close();
  await browser.close();
  console.log(JSON.stringify(result));
})();
