/* Typing in paper answers: Enter goes to the next box, and the code box is ready for the next sheet. */
(function () {
  "use strict";
  var form = document.querySelector("[data-entry-form]");
  if (!form) { return; }
  form.addEventListener("keydown", function (event) {
    if (event.key !== "Enter" || event.target.tagName !== "INPUT" || event.target.type !== "text") {
      return;
    }
    event.preventDefault();
    var boxes = Array.prototype.filter.call(form.elements, function (field) {
      return field.type !== "hidden" && !field.disabled;
    });
    var next = boxes[boxes.indexOf(event.target) + 1];
    if (next) { next.focus(); }
  });
  var wrong = form.querySelector(".w-field--error input, .w-field--error textarea");
  (wrong || form.querySelector("input[name=code]")).focus();
})();
