// Opens a review page in headless Chromium as a reviewer does, and prints as JSON what was seen.
// Usage: node look_review.js CHROMIUM FILE PDF all|clicks; nothing is downloaded, any request but the file is reported.
const { chromium } = require("playwright-core");
const path = require("node:path");
const { pathToFileURL } = require("node:url");

const VIEWS = [
  { name: "desktop", width: 1280, scheme: "light" },
  { name: "desktop-dark", width: 1280, scheme: "dark" },
  { name: "phone", width: 360, scheme: "light" },
  { name: "phone-dark", width: 360, scheme: "dark" },
];
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

async function open(browser, url, options) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, offline: true, ...options });
  const page = await context.newPage();
  const requests = [];
  const messages = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("console", (message) => messages.push(message.text()));
  page.on("pageerror", (error) => messages.push(String(error)));
  await page.goto(url);
  return { context, page, requests, messages };
}

async function axe(page) {
  const result = await page.evaluate((rules) => axe.run(document, { runOnly: rules }), RULES);
  return {
    violations: result.violations.map((one) => `${one.id}: ${one.nodes[0].html.slice(0, 160)}`),
    passes: result.passes.length,
  };
}

const layout = () => ({
  pageWidth: document.documentElement.scrollWidth,
  viewWidth: innerWidth,
  outside: [...document.querySelectorAll("main *, header *, nav *")]
    .filter((at) => !at.closest(".scroll, svg, pre, .vh") && at.getBoundingClientRect().right > innerWidth + 1)
    .map((at) => at.outerHTML.slice(0, 100)),
  overflowing: [...document.querySelectorAll("section td, section th")]
    .filter((cell) => cell.scrollWidth > cell.clientWidth + 1)
    .map((cell) => cell.textContent),
  headings: [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].map((at) => +at.tagName[1]),
  folded: document.querySelectorAll("details:not([open])").length,
  brokenLinks: [...document.querySelectorAll("a[href^='#']")]
    .map((link) => decodeURIComponent(link.getAttribute("href").slice(1)))
    .filter((id) => id !== "-" && !document.getElementById(id)),
  doubleIds: [...document.querySelectorAll("[id]")]
    .map((at) => at.id)
    .filter((id, at, all) => all.indexOf(id) !== at),
});

async function look(browser, url, view) {
  // axe-core is injected into the page, which the page's own policy would refuse: the policy is checked apart.
  const { context, page, requests, messages } = await open(browser, url, {
    viewport: { width: view.width, height: 800 },
    colorScheme: view.scheme,
    bypassCSP: true,
  });
  const seen = await page.evaluate(layout);
  await page.addScriptTag({ path: path.join(__dirname, "node_modules/axe-core/axe.min.js") });
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
  return { ...seen, requests, messages, closed, opened, openedWidth, panel };
}

const focused = () => {
  const at = document.activeElement;
  return { tag: at.tagName, href: at.getAttribute("href"), id: at.id, text: at.textContent.slice(0, 40) };
};
const shown = () => {
  const fig = document.querySelector(".fig:target");
  return fig && getComputedStyle(fig).position === "fixed" ? fig.textContent.replace(/\s+/g, " ") : null;
};

async function keyboard(browser, url) {
  const { context, page, messages } = await open(browser, url, {});
  await page.keyboard.press("Tab");
  const first = await page.evaluate(focused);
  await page.keyboard.press("Enter");
  const skipped = await page.evaluate(focused);
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

// The way of a reviewer from the top of the page to the rows of the ledger, with the script switched off.
async function threeClicks(browser, url) {
  const { context, page } = await open(browser, url, { javaScriptEnabled: false });
  const steps = [];
  const note = async () => steps.push({ url: page.url().split("#")[1], panel: await page.evaluate(shown) });
  await page.click("#state a");
  await note();
  const card = await page.locator(".finding").first().innerText();
  await page.locator(".finding .go a").first().click();
  await note();
  const place = await page.evaluate(() => {
    const box = document.querySelector(":target").getBoundingClientRect();
    return { text: document.querySelector(":target").innerText, seen: box.top >= 0 && box.bottom <= innerHeight };
  });
  // Beside a contradicted sentence the table's number is linked; a cell is linked itself.
  await page.locator(":target a.flag[href^='#f-'], td:target > a:first-child").first().click();
  await note();
  await page.click(".fig:target .close");
  const closed = await page.evaluate(shown);
  const tools = await page.isVisible("#tools");
  await page.locator("details.code summary").first().click();
  const unfolded = await page.locator("details.code pre").first().isVisible();
  await context.close();
  return { steps, card, place, closed, tools, unfolded };
}

async function withPolicy(browser, url) {
  const { context, page, messages, requests } = await open(browser, url, {});
  const tools = await page.isVisible("#tools");
  const before = messages.length;
  const ran = await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.ran = true";
    document.body.append(script);
    return Boolean(window.ran);
  });
  await context.close();
  return { tools, ran, messages: messages.slice(0, before), requests };
}

(async () => {
  const [, , executablePath, file, pdf, what] = process.argv;
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  const url = pathToFileURL(path.resolve(file)).href;
  const seen = { url, clicks: await threeClicks(browser, url) };
  if (what === "all") {
    seen.views = {};
    for (const view of VIEWS) seen.views[view.name] = await look(browser, url, view);
    seen.keyboard = await keyboard(browser, url);
    seen.policy = await withPolicy(browser, url);
    const { page } = await open(browser, url, { javaScriptEnabled: false });
    await page.pdf({ path: pdf, preferCSSPageSize: true });
  }
  await browser.close();
  console.log(JSON.stringify(seen));
})();
