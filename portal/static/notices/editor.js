/* The editor of a notice: only the fields of the chosen type, and what is still missing. */
(function () {
  "use strict";

  function fieldsOfType() {
    var box = document.querySelector("[data-notice-extra]");
    var type = document.getElementById("id_notice_type");
    var variant = document.getElementById("id_variant");
    if (!box || !type) return;
    var kinds = JSON.parse(box.dataset.kinds || "{}");

    function update() {
      var shown = 0;
      box.querySelectorAll("[data-type]").forEach(function (row) {
        var only = row.dataset.variant;
        var wanted =
          row.dataset.type === type.value && (!only || (variant && variant.value === only));
        row.hidden = !wanted;
        if (wanted) shown += 1;
      });
      box.querySelector("[data-notice-extra-none]").hidden = shown > 0;
      if (variant) onlyVariantsOf(variant, (kinds[type.value] || []).map(String));
    }

    type.addEventListener("change", update);
    if (variant) variant.addEventListener("change", update);
    update();
  }

  function onlyVariantsOf(variant, offered) {
    Array.prototype.forEach.call(variant.options, function (option) {
      option.hidden = option.value !== "" && offered.indexOf(option.value) < 0;
    });
    if (variant.value && offered.indexOf(variant.value) < 0) variant.value = "";
    var panel = variant.closest(".w-panel__wrapper");
    if (panel) panel.hidden = offered.length === 0;
  }

  function checklist() {
    var box = document.querySelector("[data-notice-missing]");
    var form = document.getElementById("page-edit-form");
    if (!box || !box.dataset.url || !form) return;
    var timer = null;

    function ask() {
      fetch(box.dataset.url, {
        method: "POST",
        body: new FormData(form),
        credentials: "same-origin",
        headers: { "X-Requested-With": "XMLHttpRequest" },
      })
        .then(function (answer) {
          return answer.ok ? answer.text() : null;
        })
        .then(function (html) {
          if (html !== null) box.innerHTML = html;
        })
        .catch(function () {
          /* Offline: the list stands as it was; saving asks again. */
        });
    }

    function soon() {
      window.clearTimeout(timer);
      timer = window.setTimeout(ask, 900);
    }

    form.addEventListener("input", soon);
    form.addEventListener("change", soon);
  }

  function start() {
    fieldsOfType();
    checklist();
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
