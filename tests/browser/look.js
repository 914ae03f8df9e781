// Opens a report in headless Chromium and prints, as JSON, what a person or axe-core would find wrong with it.
// Usage: node look.js CHROMIUM FILE; nothing is downloaded and any request but the file itself is reported.
const { chromium } = require("playwright-core");
const path = require("node:path");
const { pathToFileURL } = require("node:url");

const VIEWS = [
  { name: "desktop", width: 1280, scheme: "light" },
  { name: "desktop-dark", width: 1280, scheme: "dark" },
  { name: "phone", width: 360, scheme: "light" },
  { name: "phone-dark", width: 360, scheme: "dark" },
];

async function look(browser, url, view) {
  // axe-core is injected into the page, which the page's own CSP would refuse: the policy is checked apart.
  const context = await browser.newContext({
    viewport: { width: view.width, height: 800 },
    colorScheme: view.scheme,
    offline: true,
    bypassCSP: true,
  });
  const page = await context.newPage();
  const requests = [];
  const messages = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("console", (message) => messages.push(message.text()));
  page.on("pageerror", (error) => messages.push(String(error)));
  const started = Date.now();
  await page.goto(url);
  const loaded = Date.now() - started;
  const measured = await page.evaluate(() => {
    const regions = [...document.querySelectorAll(".scroll")];
    const outside = [...document.querySelectorAll("main *")].filter(
      (element) => !element.closest(".scroll, svg") && element.getBoundingClientRect().right > innerWidth + 1,
    );
    return {
      pageWidth: document.documentElement.scrollWidth,
      viewWidth: innerWidth,
      outside: outside.map((element) => element.outerHTML.slice(0, 80)),
      regions: regions.map((region) => ({
        width: region.clientWidth,
        inner: region.scrollWidth,
        focusable: region.tabIndex === 0,
        label: document.getElementById(region.getAttribute("aria-labelledby"))?.textContent,
      })),
      overflowing: [...document.querySelectorAll("td, th")]
        .filter((cell) => cell.scrollWidth > cell.clientWidth + 1)
        .map((cell) => cell.textContent),
      chartGround: [...document.querySelectorAll("figure .ground")].map((box) => getComputedStyle(box).backgroundColor),
      paper: getComputedStyle(document.body).backgroundColor,
    };
  });
  await page.keyboard.press("Tab");
  const firstFocus = await page.evaluate(() => ({
    href: document.activeElement.getAttribute("href"),
    top: document.activeElement.getBoundingClientRect().top,
  }));
  await page.keyboard.press("Enter");
  const afterSkip = await page.evaluate(() => document.activeElement.id);
  await page.addScriptTag({ path: path.join(__dirname, "node_modules/axe-core/axe.min.js") });
  const axe = await page.evaluate(() =>
    axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }),
  );
  const violations = axe.violations.map((one) => `${one.id}: ${one.nodes[0].html.slice(0, 120)}`);
  await context.close();
  return { ...measured, requests, messages, loaded, firstFocus, afterSkip, violations, passes: axe.passes.length };
}

async function withPolicy(browser, url) {
  // Under the page's own policy no console message may appear: its styles and pictures are all allowed by it.
  const context = await browser.newContext({ offline: true });
  const page = await context.newPage();
  const messages = [];
  page.on("console", (message) => messages.push(message.text()));
  await page.goto(url);
  const styled = await page.evaluate(() => getComputedStyle(document.querySelector("table")).borderCollapse);
  const scriptRan = await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.ran = true";
    document.body.append(script);
    return Boolean(window.ran);
  });
  await context.close();
  return { messages: messages.filter((text) => !text.includes("window.ran") && !text.includes("inline script")), styled, scriptRan };
}

(async () => {
  const [, , executablePath, file, pdf] = process.argv;
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  const url = pathToFileURL(path.resolve(file)).href;
  const views = {};
  for (const view of VIEWS) views[view.name] = await look(browser, url, view);
  const policy = await withPolicy(browser, url);
  const page = await (await browser.newContext({ offline: true })).newPage();
  await page.goto(url);
  await page.pdf({ path: pdf, preferCSSPageSize: true });
  await browser.close();
  console.log(JSON.stringify({ url, views, policy }));
})();
