/* A notice is read aloud and shared, where the browser can. Without script nothing of it is shown. */
(function () {
  "use strict";
  var tools = document.querySelector("[data-notice-tools]");
  if (!tools) {
    return;
  }

  /* --- reading aloud: sentence by sentence, since some browsers fall silent in a long text --- */

  var read = tools.querySelector("[data-read-aloud]");
  var speech = window.speechSynthesis;
  var waiting = [];
  /* A browser tells of a reading that was stopped only later: by then another may have begun. */
  var reading = 0;

  function sentences() {
    var found = [];
    Array.prototype.forEach.call(document.querySelectorAll("[data-read]"), function (part) {
      var text = part.textContent.replace(/\s+/g, " ");
      found = found.concat(text.match(/[^。！？；!?;]+[。！？；!?;]?/g) || []);
    });
    return found.filter(function (text) {
      return text.trim();
    });
  }

  function voice() {
    var all = speech.getVoices().filter(function (one) {
      return /^(zh|cmn)/i.test(one.lang);
    });
    var mainland = all.filter(function (one) {
      return /zh[-_](CN|Hans)|cmn/i.test(one.lang);
    });
    return mainland[0] || all[0] || null;
  }

  function show(on) {
    read.setAttribute("aria-pressed", on ? "true" : "false");
    read.textContent = read.getAttribute(on ? "data-stop" : "data-start");
  }

  function stop() {
    reading += 1;
    waiting = [];
    speech.cancel();
    show(false);
  }

  function next(mine) {
    if (mine !== reading) {
      return;
    }
    if (!waiting.length) {
      show(false);
      return;
    }
    var said = new window.SpeechSynthesisUtterance(waiting.shift());
    var chosen = voice();
    said.lang = "zh-CN";
    if (chosen) {
      said.voice = chosen;
    }
    said.rate = 0.95;
    said.onend = function () {
      next(mine);
    };
    said.onerror = function () {
      if (mine === reading) {
        stop();
      }
    };
    speech.speak(said);
  }

  if (speech && window.SpeechSynthesisUtterance) {
    read.hidden = false;
    read.addEventListener("click", function () {
      if (read.getAttribute("aria-pressed") === "true") {
        stop();
        return;
      }
      speech.cancel();
      reading += 1;
      waiting = sentences();
      show(true);
      next(reading);
    });
    window.addEventListener("pagehide", stop);
  }

  /* --- sharing: the system's own sheet, or the address on the clipboard --- */

  var share = tools.querySelector("[data-share]");
  var status = tools.querySelector("[data-share-status]");
  var address = window.location.href.split("#")[0];

  function copied() {
    status.textContent = share.getAttribute("data-done");
  }

  function copy() {
    if (navigator.clipboard && window.isSecureContext) {
      navigator.clipboard.writeText(address).then(copied, copyByHand);
    } else {
      copyByHand();
    }
  }

  function copyByHand() {
    var box = document.createElement("textarea");
    box.value = address;
    box.className = "visually-hidden";
    document.body.appendChild(box);
    box.select();
    if (document.execCommand("copy")) {
      copied();
    }
    document.body.removeChild(box);
    share.focus();
  }

  share.hidden = false;
  share.addEventListener("click", function () {
    status.textContent = "";
    if (navigator.share) {
      navigator.share({ title: document.title, url: address }).catch(function (error) {
        if (error.name !== "AbortError") {
          copy();
        }
      });
    } else {
      copy();
    }
  });
})();
