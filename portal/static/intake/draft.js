/* What is typed is kept on this device until the server says it is stored (ES2017). */
(function () {
  "use strict";

  var KEEP_MS = 7 * 24 * 3600 * 1000;
  var intake = window.intake = window.intake || {};

  function Draft(kind, address) { this.name = "intake:" + kind + ":" + address; }
  Draft.prototype.read = function () {
    try {
      var kept = JSON.parse(window.localStorage.getItem(this.name));
      return kept && Date.now() - kept.at < KEEP_MS ? kept : null;
    } catch (error) { return null; }
  };
  Draft.prototype.write = function (key, fields) {
    try {
      window.localStorage.setItem(
        this.name, JSON.stringify({ key: key, at: Date.now(), fields: fields })
      );
    } catch (error) { /* Private windows may refuse: the form works without a draft. */ }
  };
  Draft.prototype.forget = function () {
    try { window.localStorage.removeItem(this.name); } catch (error) { /* as above */ }
  };

  function keepable(field) {
    return field.name && !field.hasAttribute("data-no-draft") &&
      ["file", "hidden", "submit", "button", "password"].indexOf(field.type) < 0;
  }

  function typed(form) {
    return Array.prototype.filter.call(form.elements, keepable)
      .filter(function (field) {
        return field.type === "checkbox" || field.type === "radio" ? field.checked : field.value;
      })
      .map(function (field) { return [field.name, field.value]; });
  }

  function fill(form, pairs) {
    var left = pairs.slice();
    function take(name, value) {
      for (var i = 0; i < left.length; i += 1) {
        if (left[i][0] === name && (value === undefined || left[i][1] === value)) {
          return left.splice(i, 1)[0][1];
        }
      }
      return undefined;
    }
    Array.prototype.filter.call(form.elements, keepable).forEach(function (field) {
      if (field.type === "checkbox" || field.type === "radio") {
        field.checked = take(field.name, field.value) !== undefined;
      } else {
        var value = take(field.name);
        if (value !== undefined) { field.value = value; }
      }
      field.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }

  /* 128 random bits as 32 hexadecimal digits: one submission, however often it is sent. */
  intake.newKey = function () {
    var bytes = new Uint8Array(16);
    window.crypto.getRandomValues(bytes);
    return Array.prototype.map
      .call(bytes, function (byte) { return ("0" + byte.toString(16)).slice(-2); })
      .join("");
  };

  /* The draft of a form, by where it is sent to. */
  intake.draft = function (form) {
    var action = form.getAttribute("action") || location.pathname + location.search;
    return new Draft(form.dataset.intakeForm, action);
  };

  /* Put words into a form that is opened next. */
  intake.carry = function (kind, address, fields) {
    var draft = new Draft(kind, address);
    var kept = draft.read();
    draft.write(kept ? kept.key : intake.newKey(), fields);
  };

  intake.typed = typed;
  intake.fill = fill;
})();
