/* The QR of a household holds the code behind the # of the address: it is never sent by itself and
   never gets into a log. Here it is taken out of the address, put into the form and sent by POST. */
(function () {
  "use strict";
  var form = document.querySelector("[data-code-form]");
  var field = form && form.querySelector("[data-household-code]");
  var digits = window.location.hash.replace(/[^0-9]/g, "");
  if (!field || !digits) {
    return;
  }
  if (window.history.replaceState) {
    window.history.replaceState(null, "", window.location.pathname);
  }
  field.value = digits;
  form.submit();
})();
