// Opens a page in headless Chromium and prints, as JSON, what a person or axe-core would find wrong with it.
// Usage: node look.js CHROMIUM FILE PDF
const { VIEWS, axe, foreignScriptRuns, layout, main, open, openIn, skip, urlOf } = require("./looking.js");

async function look(browser, url, view) {
  const started = Date.now();
  const { context, page, requests, messages } = await openIn(browser, url, view);
  let loaded = Date.now() - started;
  for (let again = 0; again < 3 && loaded > 500; again++) {
    // Other work on the machine makes one load slow, not each.
    const from = Date.now();
    await page.reload();
    loaded = Math.min(loaded, Date.now() - from);
  }
  const measured = await page.evaluate(layout);
  const chartGround = await page.evaluate(() =>
    [...document.querySelectorAll("figure .ground")].map((box) => getComputedStyle(box).backgroundColor),
  );
  const skipped = await skip(page);
  const found = await axe(page);
  await context.close();
  return { ...measured, ...skipped, ...found, chartGround, requests, messages, loaded };
}

async function withPolicy(browser, url) {
  // Under the page's own policy no console message may appear: its styles and pictures are all allowed by it.
  const { context, page, messages } = await open(browser, url);
  const styled = await page.evaluate(() => getComputedStyle(document.querySelector("table")).borderCollapse);
  const scriptRan = await foreignScriptRuns(page);
  await context.close();
  const own = messages.filter((text) => !text.includes("window.ran") && !text.includes("inline script"));
  return { messages: own, styled, scriptRan };
}

main(async (browser, file, pdf) => {
  const url = urlOf(file);
  const views = {};
  for (const view of VIEWS) views[view.name] = await look(browser, url, view);
  const policy = await withPolicy(browser, url);
  const { page } = await open(browser, url);
  await page.pdf({ path: pdf, preferCSSPageSize: true });
  return { url, views, policy };
});
