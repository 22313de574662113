"use strict";
const cards = [...document.querySelectorAll("article")];
let at = Math.max(0, cards.findIndex((one) => "#" + one.id === location.hash));
function go(step) {
  if (!cards.length) return;
  at = Math.min(Math.max(at + step, 0), cards.length - 1);
  cards[at].focus();
  cards[at].scrollIntoView({block: "start"});
}
const keys = {
  j: () => go(1),
  k: () => go(-1),
  p: () => cards[at]?.querySelector("input[name=points]")?.focus(),
  c: () => cards[at]?.querySelector("input[name=text]")?.focus(),
  "?": () => { const help = document.getElementById("keys"); help.open = !help.open; help.querySelector("summary").focus(); },
};
document.addEventListener("focusin", (event) => {
  const found = cards.indexOf(event.target.closest("article"));
  if (found >= 0) at = found;
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.matches("input")) { cards[at]?.focus(); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input,textarea,select")) return;
  const act = keys[event.key];
  if (act) { event.preventDefault(); act(); }
});
if (cards.length) go(0);
