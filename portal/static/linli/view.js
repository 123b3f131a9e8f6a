/* Large type. Loaded in the head, so that the class is there before the first paint; nothing but a
   word is kept, on this device only. Without script the same link works as a plain page address. */
(function () {
  "use strict";
  var KEY = "linli-view";
  var root = document.documentElement;

  function kept() {
    try {
      return window.localStorage.getItem(KEY);
    } catch (error) {
      return null;
    }
  }

  function keep(view) {
    try {
      window.localStorage.setItem(KEY, view);
    } catch (error) {
      /* Private windows may refuse: the choice then lasts for this page. */
    }
  }

  function show(view) {
    if (view === "large") {
      root.classList.add("large-type");
    } else {
      root.classList.remove("large-type");
    }
  }

  var asked = /[?&]view=(large|standard)(&|$)/.exec(window.location.search);
  if (asked) {
    keep(asked[1]);
  }
  var view = kept();
  if (view) {
    show(view);
  }

  function label(link) {
    var large = root.classList.contains("large-type");
    link.textContent = link.getAttribute(large ? "data-standard" : "data-large");
  }

  document.addEventListener("DOMContentLoaded", function () {
    var link = document.querySelector("[data-view-switch]");
    if (link) {
      var text = link.querySelector("[data-large]");
      label(text);
      link.addEventListener("click", function (event) {
        event.preventDefault();
        var next = root.classList.contains("large-type") ? "standard" : "large";
        keep(next);
        show(next);
        label(text);
      });
    }
    /* A refused form is read from its summary on. */
    var summary = document.querySelector("[data-error-summary]");
    if (summary) {
      summary.focus();
    }
  });
})();
