/* Keying paper: a box with one answer moves on by itself, Enter goes to the next box (ES2017). */
(function () {
  "use strict";
  var form = document.querySelector("[data-entry-form]");
  if (!form) { return; }

  function plain(text) {
    return (text.normalize ? text.normalize("NFKC") : text).trim();
  }

  function boxes() {
    return Array.prototype.filter.call(form.elements, function (field) {
      return field.type !== "hidden" && !field.disabled;
    });
  }

  function onward(field) {
    var all = boxes();
    var next = all[all.indexOf(field) + 1];
    if (next) {
      next.focus();
      if (next.select && next.value) { next.select(); }
    }
  }

  /* Whether nothing longer could still be meant: 1 is not, where there is a 12. */
  function isFull(field) {
    if (field.hasAttribute("data-several")) { return false; }
    if (field.hasAttribute("data-code")) { return plain(field.value).replace(/\D/g, "").length === 16; }
    var numbers = (field.dataset.entry || "").split(" ");
    var typed = plain(field.value);
    return numbers.indexOf(typed) >= 0 && !numbers.some(function (number) {
      return number !== typed && number.indexOf(typed) === 0;
    });
  }

  form.addEventListener("input", function (event) {
    if (!event.isComposing && isFull(event.target)) { onward(event.target); }
  });
  form.addEventListener("keydown", function (event) {
    var field = event.target;
    if (event.key !== "Enter" || field.tagName !== "INPUT" || field.type !== "text") { return; }
    if (field.hasAttribute("data-code") && boxes().length === 2) { return; }
    event.preventDefault();
    onward(field);
  });
  /* Twice on the button would be the same sheet again; the key makes it one, this saves the way. */
  form.addEventListener("submit", function (event) {
    if (form.dataset.sent) { event.preventDefault(); }
    form.dataset.sent = "1";
  });
  window.addEventListener("pageshow", function () { delete form.dataset.sent; });
  var wrong = form.querySelector(".w-field--error input, .w-field--error textarea");
  var first = wrong || boxes()[0];

  /* The frame of the staff screens is invisible, and takes no focus, until its own script is through. */
  function begin(tries) {
    first.focus();
    if (document.activeElement !== first && tries) {
      window.setTimeout(function () { begin(tries - 1); }, 50);
    }
  }
  begin(40);
})();
