/* Showing the answer of the server in place of the form, without leaving the page (ES2017). */
(function () {
  "use strict";

  var intake = window.intake = window.intake || {};

  /* Styles and scripts that the answer needs and this page has not. */
  function fetchParts(page) {
    [["link[rel=stylesheet]", "href"], ["script[src]", "src"]].forEach(function (kind) {
      Array.prototype.forEach.call(page.querySelectorAll(kind[0]), function (part) {
        var address = part.getAttribute(kind[1]);
        if (document.querySelector(kind[0] + "[" + kind[1] + '="' + address + '"]')) { return; }
        var made = document.createElement(part.localName);
        if (part.rel) { made.rel = part.rel; }
        made.async = false;
        made[kind[1]] = address;
        document.head.appendChild(made);
      });
    });
  }

  /* Put the answer's main part where ours is; the frame of the page stays. `files` are photos that
     were chosen and not sent. */
  intake.show = function (html, files) {
    var main = document.querySelector("main");
    var page = html ? new DOMParser().parseFromString(html, "text/html") : null;
    var next = page && page.querySelector("main");
    if (!next) { location.reload(); return; }
    fetchParts(page);
    main.innerHTML = next.innerHTML;
    document.title = page.title;
    if (intake.start) { intake.start(main, files || []); }
    var target = main.querySelector("[data-error-summary]") || main.querySelector("h1") || main;
    target.setAttribute("tabindex", "-1");
    target.focus();
    window.scrollTo(0, 0);
    document.dispatchEvent(new CustomEvent("intake:shown"));
  };

  intake.tell = function (title, lines) {
    if (!lines.length) { return; }
    var box = intake.element("div", "intake-state");
    box.setAttribute("role", "alert");
    box.appendChild(intake.element("p", "", title));
    lines.forEach(function (line) { box.appendChild(intake.element("p", "", line)); });
    var heading = document.querySelector("main h1");
    heading.parentNode.insertBefore(box, heading.nextSibling);
  };
})();
