/* A random word for this browser, sent with complaints alone and never with surveys. On the server
   only a keyed hash of it is kept for thirty days, so that many cases filed and confirmed on one
   device can be seen; with a case that was joined, a hash of its own, so that it counts once. It says nothing about the device and goes with the site's data. */
(function () {
  "use strict";

  var fields = document.querySelectorAll("input[data-device]");
  if (!fields.length || !window.crypto) { return; }
  try {
    var key = window.localStorage.getItem("complaints:device");
    if (!/^[0-9a-f]{32}$/.test(key || "")) {
      var bytes = new Uint8Array(16);
      window.crypto.getRandomValues(bytes);
      key = Array.prototype.map
        .call(bytes, function (byte) { return ("0" + byte.toString(16)).slice(-2); })
        .join("");
      window.localStorage.setItem("complaints:device", key);
    }
    Array.prototype.forEach.call(fields, function (field) { field.value = key; });
  } catch (error) { /* Private windows may refuse: the form works without. */ }
}());
