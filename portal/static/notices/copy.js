/* A button that copies a text field. Without script it is not there, and the text can be selected. */
(function () {
  "use strict";
  function copied(button) {
    button.textContent = button.getAttribute("data-copy-done");
  }
  // Old browsers, and pages without HTTPS, have no clipboard but this.
  function select(field, button) {
    field.focus();
    field.setSelectionRange(0, field.value.length);
    try {
      if (document.execCommand("copy")) {
        copied(button);
      }
    } catch (error) {
      return;
    }
  }
  Array.prototype.forEach.call(document.querySelectorAll("[data-copy-from]"), function (button) {
    var field = document.getElementById(button.getAttribute("data-copy-from"));
    button.hidden = false;
    button.addEventListener("click", function () {
      if (navigator.clipboard && window.isSecureContext) {
        navigator.clipboard.writeText(field.value).then(function () {
          copied(button);
        }, function () {
          select(field, button);
        });
      } else {
        select(field, button);
      }
    });
  });
})();
