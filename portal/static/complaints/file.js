/* The complaint form: another topic, and what neighbours have reported already (ES2017). */
(function () {
  "use strict";

  function start() {
    var form = document.querySelector("form[data-file]");
    if (!form || form.fileReady || !window.fetch) { return; }
    form.fileReady = true;
    var category = form.querySelector("select[name=category]");
    if (!category) { return; }  /* a report to the discipline office stays one */
    var building = form.querySelector("select[name=building]");
    var place = form.querySelector("[data-similar]");
    var title = document.querySelector("[data-file-title]");
    var urgent = document.querySelector("[data-file-urgent]");

    function topic() {
      var option = category.options[category.selectedIndex];
      var own = category.value === form.dataset.category;
      title.textContent = option.textContent;
      urgent.hidden = !option.dataset.urgent;
      document.querySelector("[data-file-urgent-text]").textContent = option.dataset.urgent || "";
      var services = (option.dataset.services || "").split(" ");
      Array.prototype.forEach.call(urgent.querySelectorAll("[data-service]"), function (one) {
        one.hidden = services.indexOf(one.dataset.service) < 0;
      });
      Array.prototype.forEach.call(form.querySelectorAll("[data-of-category]"), function (part) {
        part.hidden = !own;
        Array.prototype.forEach.call(part.querySelectorAll("input"), function (field) {
          field.disabled = !own;
        });
      });
    }

    function look() {
      if (!building || !building.value) { place.textContent = ""; return; }
      var asked = category.value + building.value;
      var address = form.dataset.similarUrl + "?place=" + encodeURIComponent(form.dataset.place) +
        "&category=" + category.value + "&building=" + building.value;
      window.fetch(address, { credentials: "omit" }).then(function (answer) {
        return answer.ok ? answer.text() : "";
      }).then(function (html) {
        if (asked === category.value + building.value) { place.innerHTML = html; }
      }, function () { place.textContent = ""; });
    }

    /* A page kept on the phone for another topic stands in for this one. */
    var wanted = /[?&]category=(C\d\d)/.exec(window.location.search);
    if (wanted && wanted[1] !== category.value && !form.hasAttribute("data-intake-typed") &&
        category.querySelector("option[value=" + wanted[1] + "]")) {
      category.value = wanted[1];
      look();
    }
    category.addEventListener("change", function () { topic(); look(); });
    if (building) { building.addEventListener("change", look); }
    topic();
  }

  document.addEventListener("intake:shown", start);
  start();
})();
