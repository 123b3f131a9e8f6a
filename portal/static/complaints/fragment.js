/* Number and secret, or the token of a link, stand behind the # of the address: never sent by
   itself, never in a log. Here they are taken out of it and put into the form; a person presses the
   button, since messengers open links to look at them. */
(function () {
  "use strict";
  var form = document.querySelector("form[data-fragment]");
  var parts = window.location.hash.slice(1).split("/").filter(Boolean);
  if (!form || !parts.length) { return; }
  var names = form.dataset.fragment.split(" ");
  if (parts.length !== names.length) { return; }
  if (window.history.replaceState) {
    window.history.replaceState(null, "", window.location.pathname + window.location.search);
  }
  names.forEach(function (name, index) {
    form.querySelector("input[name=" + name + "]").value = decodeURIComponent(parts[index]);
  });
  var field = form.querySelector("[data-fragment-field]");
  if (field) { field.hidden = true; }
  form.querySelector("button[type=submit]").focus();
})();
