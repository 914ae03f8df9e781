// Opens a review page in headless Chromium as a reviewer does, and prints as JSON what was seen.
// Usage: node look_review.js CHROMIUM INDEX FILE PDF all|clicks: the site's index and a review page that it links
const { VIEWS, axe, focused, foreignScriptRuns, layout, main, open, openIn, skip, urlOf } = require("./looking.js");

async function look(browser, url, view) {
  const { context, page, requests, messages } = await openIn(browser, url, view);
  const seen = await page.evaluate(layout);
  const folded = await page.evaluate(() => document.querySelectorAll("details:not([open])").length);
  const closed = await axe(page);
  await page.evaluate(() => document.querySelectorAll("details").forEach((one) => (one.open = true)));
  await page.click("td[id^='c-applications.new'] a");
  const panel = await page.evaluate(() => {
    const box = document.querySelector(".fig:target").getBoundingClientRect();
    return { left: box.left, right: box.right, top: box.top, bottom: box.bottom, height: innerHeight };
  });
  const opened = view.name === "desktop" || view.name === "phone-dark" ? await axe(page) : null;
  const openedWidth = await page.evaluate(() => document.documentElement.scrollWidth);
  await context.close();
  return { ...seen, folded, requests, messages, closed, opened, openedWidth, panel };
}

// Run in the page: links that lead nowhere, and ids that stand twice.
const anchors = () => ({
  broken: [...document.querySelectorAll("a[href^='#']")]
    .map((link) => decodeURIComponent(link.getAttribute("href").slice(1)))
    .filter((id) => id !== "-" && !document.getElementById(id)),
  double: [...document.querySelectorAll("[id]")].map((at) => at.id).filter((id, at, all) => all.indexOf(id) !== at),
});

const shown = () => {
  const fig = document.querySelector(".fig:target");
  return fig && getComputedStyle(fig).position === "fixed" ? fig.textContent.replace(/\s+/g, " ") : null;
};

async function keyboard(browser, url) {
  const { context, page, messages } = await open(browser, url);
  const { first, skipped } = await skip(page);
  const summary = page.locator("details.code summary").first();
  await summary.focus();
  const outline = await summary.evaluate((at) => getComputedStyle(at).outlineStyle);
  await page.keyboard.press("Enter");
  const unfolded = await page.evaluate(() => document.querySelector("details.code").open);
  const code = await page.locator("details.code pre").first().innerText();
  await page.locator("td[id^='c-applications.new'] a").first().focus();
  await page.keyboard.press("Enter");
  const panel = await page.evaluate(shown);
  await page.keyboard.press("Tab");
  const inside = await page.evaluate(() => Boolean(document.activeElement.closest(".fig:target")));
  await page.keyboard.press("Escape");
  const after = { panel: await page.evaluate(shown), focus: await page.evaluate(focused) };
  await page.click("#tools [data-open='1']");
  const folded = await page.evaluate(() => document.querySelectorAll("details:not([open])").length);
  await page.fill("#filter input", "applications.new 自然人");
  const filtered = await page.evaluate(() => ({
    said: document.querySelector("#filter output").textContent,
    shown: document.querySelectorAll(".fig:not([hidden])").length,
  }));
  await context.close();
  return { first, skipped, outline, unfolded, code, panel, inside, after, folded, filtered, messages };
}

// The way of a reviewer from the site's index to the rows of the ledger, with the script switched off.
async function threeClicks(browser, index, url) {
  const { context, page } = await open(browser, index, { javaScriptEnabled: false });
  const steps = [];
  const click = async (link, seen) => {
    await link.first().click();
    const box = await page.locator(seen).first().boundingBox();
    steps.push({
      url: page.url(),
      text: await page.locator(seen).first().innerText(),
      seen: box.y >= 0 && box.y + Math.min(box.height, 100) <= 800,
    });
  };
  const [agency, year] = url.split("/").slice(-3);
  await click(page.locator(`#list a[href^="${agency}/${year}/review.html"]`), ".finding");
  await click(page.locator(".finding .go a"), ":target");
  // Beside a contradicted sentence the table's number is linked; a cell is linked itself.
  await click(page.locator(":target a.flag[href^='#f-'], td:target > a:first-child"), ".fig:target");
  const panel = await page.evaluate(shown);
  const state = await page.locator("#state a").first().getAttribute("href");
  await page.click(".fig:target .close");
  const closed = await page.evaluate(shown);
  const tools = await page.isVisible("#tools");
  await page.locator("details.code summary").first().click();
  const unfolded = await page.locator("details.code pre").first().isVisible();
  await context.close();
  return { steps, panel, state, closed, tools, unfolded };
}

async function withPolicy(browser, url) {
  const { context, page, messages, requests } = await open(browser, url);
  const tools = await page.isVisible("#tools");
  const own = [...messages];
  const ran = await foreignScriptRuns(page);
  await context.close();
  return { tools, ran, messages: own, requests };
}

main(async (browser, index, file, pdf, what) => {
  const url = urlOf(file);
  const seen = { url, clicks: await threeClicks(browser, urlOf(index), url) };
  if (what === "all") {
    seen.views = {};
    for (const view of VIEWS) seen.views[view.name] = await look(browser, url, view);
    seen.keyboard = await keyboard(browser, url);
    seen.policy = await withPolicy(browser, url);
    const { page } = await open(browser, url, { javaScriptEnabled: false });
    await page.pdf({ path: pdf, preferCSSPageSize: true });
    seen.anchors = await page.evaluate(anchors);
  }
  return seen;
});
