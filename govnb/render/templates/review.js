"use strict";
(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  let opener = null;

  // A figure's panel is opened by an ordinary link. Here it also closes with Escape, and the focus goes back.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link) return;
    if (link.classList.contains("close")) {
      event.preventDefault();
      close();
    } else if (link.hash.startsWith("#f-") && !link.closest(".fig")) {
      mark(link);
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
  function close() {
    if (!document.querySelector(".fig:target")) return;
    location.replace("#-");
    if (opener) opener.focus({ preventScroll: true });
    mark(null);
  }
  function mark(link) {
    if (opener) opener.classList.remove("opened");
    opener = link;
    if (opener) opener.classList.add("opened");
  }

  // A folded step opens when something leads to it.
  function reveal() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    if (target && target.closest("details")) target.scrollIntoView();
  }
  addEventListener("hashchange", reveal);
  reveal();

  const tools = document.getElementById("tools");
  tools.hidden = false;
  tools.addEventListener("click", (event) => {
    const open = event.target.dataset.open;
    if (open) for (const one of all("details")) one.open = open === "1";
  });
  addEventListener("beforeprint", () => {
    for (const one of all("details:not([open])")) {
      one.open = true;
      one.dataset.folded = "1";
    }
  });
  addEventListener("afterprint", () => {
    for (const one of all("details[data-folded]")) {
      one.open = false;
      delete one.dataset.folded;
    }
  });

  const box = document.getElementById("filter");
  box.hidden = false;
  const input = box.querySelector("input");
  const said = box.querySelector("output");
  input.addEventListener("input", () => {
    const words = input.value.trim().toLowerCase().split(/\s+/);
    let shown = 0;
    for (const figure of all(".fig")) {
      const text = figure.textContent.toLowerCase();
      figure.hidden = !words.every((word) => text.includes(word));
      shown += !figure.hidden;
    }
    for (const group of all(".group")) group.hidden = !group.querySelector(".fig:not([hidden])");
    said.textContent = `${shown}个`;
  });
})();
