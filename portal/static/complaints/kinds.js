/* Finding the topic while typing. The rule is that of suggestions.py; without script the server
   applies it (ES2017). */
(function () {
  "use strict";

  var form = document.querySelector("[data-kinds]");
  if (!form || !window.FormData || !String.prototype.normalize) { return; }
  var kinds = Array.prototype.map.call(form.querySelectorAll("[data-kind]"), function (item) {
    return { item: item, code: item.dataset.kind, words: item.dataset.words.split(" ") };
  });
  var search = form.querySelector("[data-kinds-search]");
  var none = form.querySelector("[data-kinds-none]");
  var chips = form.querySelector("[data-kinds-found]");
  var text = form.querySelector("textarea[name=text]");

  function plain(typed) {
    return typed.normalize("NFKC").toLowerCase().replace(/[\s!-\/:-@\[-`{-~\u00a1-\u00bf\u2000-\u206f\u3000-\u303f\uff00-\uff0f]/g, "");
  }

  function score(asked, words) {
    return words.reduce(function (total, word) {
      if (asked.indexOf(word) >= 0) { return total + word.length * word.length; }
      return asked.length > 1 && word.indexOf(asked) >= 0 ? total + asked.length : total;
    }, 0);
  }

  function found(typed) {
    var asked = plain(typed);
    if (!asked) { return []; }
    return kinds
      .map(function (kind, place) { return { kind: kind, place: place, score: score(asked, kind.words) }; })
      .filter(function (one) { return one.score > 0; })
      .sort(function (a, b) { return b.score - a.score || a.place - b.place; })
      .map(function (one) { return one.kind; });
  }

  function filter() {
    var fitting = found(search.value);
    var all = !plain(search.value);
    kinds.forEach(function (kind) { kind.item.hidden = !all && fitting.indexOf(kind) < 0; });
    Array.prototype.forEach.call(form.querySelectorAll("[data-kinds-group]"), function (group) {
      group.hidden = !group.querySelector("[data-kind]:not([hidden])");
    });
    none.hidden = all || fitting.length > 0;
    if (none.hidden === false) {
      kinds.forEach(function (kind) { kind.item.hidden = false; });
      Array.prototype.forEach.call(form.querySelectorAll("[data-kinds-group]"), function (group) {
        group.hidden = false;
      });
    }
  }

  /* Buttons of this very form, so that words and photos go along. */
  function suggest() {
    var fitting = found(text.value).slice(0, 4);
    chips.textContent = "";
    chips.hidden = !fitting.length;
    fitting.forEach(function (kind) {
      var item = document.createElement("li");
      var button = document.createElement("button");
      button.type = "submit";
      button.name = "category";
      button.value = kind.code;
      button.className = "kinds-chip";
      button.appendChild(kind.item.querySelector(".kind__icon").cloneNode(true));
      button.appendChild(document.createTextNode(
        kind.item.querySelector(".link-list__title").textContent
      ));
      item.appendChild(button);
      chips.appendChild(item);
    });
  }

  if (search) {
    /* It searches while one types. */
    form.querySelector("[data-kinds-go]").hidden = true;
    search.addEventListener("input", filter);
    if (search.value) { filter(); }
  }
  text.addEventListener("input", suggest);
  suggest();

  /* Without network the form itself is kept on the phone: go there, words in hand. */
  form.addEventListener("submit", function (event) {
    if (navigator.onLine !== false || !window.intake) { return; }
    var pressed = event.submitter && event.submitter.value;
    var kind = found(text.value)[0];
    var code = pressed || (kind && kind.code);
    var link = code && form.querySelector("[data-kind=" + code + "] a");
    if (!link) { return; }
    event.preventDefault();
    window.intake.carry("complaint", link.getAttribute("href"), [["text", text.value]]);
    window.location.assign(link.href);
  });

  /* One form of this place kept on the phone stands in for all its topics. */
  var first = form.querySelector("[data-kind] a");
  if (first && window.intake) { window.intake.keep(first.href); }
})();
