// What the pages' tests share: the four views, a page that is listened to, its layout, and axe-core.
// Nothing is downloaded: the browser is offline, and every request is told.
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
const AXE = path.join(__dirname, "node_modules/axe-core/axe.min.js");

const urlOf = (file) => pathToFileURL(path.resolve(file)).href;

async function open(browser, url, options = {}) {
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

// axe-core is injected into the page, which the page's own policy would refuse: the policy is checked apart.
const openIn = (browser, url, view) =>
  open(browser, url, {
    viewport: { width: view.width, height: 800 },
    colorScheme: view.scheme,
    bypassCSP: true,
  });

async function axe(page) {
  if (!(await page.evaluate(() => "axe" in window))) await page.addScriptTag({ path: AXE });
  const result = await page.evaluate((rules) => axe.run(document, { runOnly: rules }), RULES);
  return {
    violations: result.violations.map((one) => `${one.id}: ${one.nodes[0].html.slice(0, 160)}`),
    passes: result.passes.length,
  };
}

// Run in the page: what is wider than it may be, the regions that scroll, and the colours of the ground.
const layout = () => ({
  pageWidth: document.documentElement.scrollWidth,
  viewWidth: innerWidth,
  outside: [...document.querySelectorAll("header *, nav *, main *")]
    .filter((at) => !at.closest(".scroll, svg, pre, .vh") && at.getBoundingClientRect().right > innerWidth + 1)
    .map((at) => at.outerHTML.slice(0, 100)),
  regions: [...document.querySelectorAll(".scroll")].map((region) => ({
    width: region.clientWidth,
    inner: region.scrollWidth,
    focusable: region.tabIndex === 0,
    label: document.getElementById(region.getAttribute("aria-labelledby"))?.textContent,
  })),
  overflowing: [...document.querySelectorAll("main td, main th")]
    .filter((cell) => cell.scrollWidth > cell.clientWidth + 1)
    .map((cell) => cell.textContent),
  paper: getComputedStyle(document.body).backgroundColor,
});

const focused = () => {
  const at = document.activeElement;
  const { top } = at.getBoundingClientRect();
  return { tag: at.tagName, href: at.getAttribute("href"), id: at.id, text: at.textContent.slice(0, 40), top };
};

// The skip link, by keyboard: what has the focus first, and the id of what has it then.
async function skip(page) {
  await page.keyboard.press("Tab");
  const first = await page.evaluate(focused);
  await page.keyboard.press("Enter");
  return { first, skipped: (await page.evaluate(focused)).id };
}

// Whether a script runs that the page's policy does not name.
const foreignScriptRuns = (page) =>
  page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.ran = true";
    document.body.append(script);
    return Boolean(window.ran);
  });

// Runs `visit(browser, ...arguments of the command)` and prints what it gives as JSON.
async function main(visit) {
  const [, , executablePath, ...given] = process.argv;
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  const seen = await visit(browser, ...given);
  await browser.close();
  console.log(JSON.stringify(seen));
}

module.exports = { VIEWS, axe, focused, foreignScriptRuns, layout, main, open, openIn, skip, urlOf };
