/* The list “to be sent” on every page with a form, and the sending itself: at once, when the network
   is back, and every few seconds while something waits. The service worker does the same where it can
   (ES2017). */
(function () {
  "use strict";

  var EVERY_MS = 5000;
  var intake = window.intake;
  var texts = document.querySelector("[data-outbox-texts]");
  if (!texts || !window.indexedDB || !window.fetch || !window.Promise || !window.DOMParser) { return; }
  texts = texts.dataset;
  var box = null;
  var expected = "";

  function button(text, action) {
    var made = intake.element("button", "button button--second", text);
    made.type = "button";
    made.addEventListener("click", action);
    return made;
  }

  function item(entry) {
    var line = intake.element("li", "outbox__item");
    var words = intake.element("p", "outbox__words");
    words.appendChild(intake.element("strong", "", entry.title));
    words.appendChild(document.createElement("br"));
    words.appendChild(document.createTextNode(
      new Date(entry.at).toLocaleString(document.documentElement.lang) + " · " + state(entry)
    ));
    line.appendChild(words);
    if (entry.state === "waiting" && entry.stored) {
      /* Only photos are left; the receipt is there already. */
      line.appendChild(button(texts.textReceipt, function () { reveal(entry); draw(); }));
    }
    if (entry.state !== "waiting") {
      line.appendChild(button(entry.state === "sent" ? texts.textReceipt : texts.textOpen, function () {
        intake.outbox.remove(entry.key).then(function () { reveal(entry); draw(); });
      }));
    }
    if (entry.state !== "sent") {
      line.appendChild(button(texts.textDelete, function () {
        if (window.confirm(texts.textSure)) { intake.outbox.remove(entry.key).then(draw); }
      }));
    }
    return line;
  }

  function state(entry) {
    if (entry.state === "sent") { return texts.textSent; }
    return entry.state === "refused" ? texts.textRefused : texts.textWaiting;
  }

  function reveal(entry) {
    intake.show(entry.page, entry.state === "refused" ? entry.photos : []);
    intake.tell(texts.textPhotoFailed, entry.failed);
  }

  function place() {
    var main = document.querySelector("main");
    if (box && main.contains(box)) { return box; }
    box = intake.element("section", "outbox");
    box.setAttribute("aria-label", texts.textTitle);
    var inner = main.querySelector(".wrap") || main;
    inner.insertBefore(box, inner.firstChild);
    return box;
  }

  function draw() {
    return intake.outbox.all().then(function (entries) {
      if (!entries.length && !box) { return entries; }
      place();
      box.textContent = "";
      box.hidden = !entries.length;
      if (!entries.length) { return entries; }
      box.appendChild(intake.element("h2", "outbox__title", texts.textTitle));
      var list = intake.element("ul", "outbox__list");
      entries.forEach(function (entry) { list.appendChild(item(entry)); });
      box.appendChild(list);
      if (entries.some(function (entry) { return entry.state === "waiting"; })) {
        box.appendChild(button(texts.textNow, run));
      }
      return entries;
    });
  }

  /* What this page itself has just sent shows its answer at once. */
  function run() {
    return intake.outbox.run().then(function () { return intake.outbox.all(); }).then(
      function (entries) {
        var own = entries.filter(function (entry) {
          return entry.key === expected && entry.state !== "waiting";
        })[0];
        if (!own) { return draw(); }
        expected = "";
        return intake.outbox.remove(own.key).then(function () { reveal(own); return draw(); });
      }
    );
  }

  /* The page waits for this submission; sooner where the worker may do it without the page. */
  intake.expect = function (key) {
    expected = key;
    draw();
    run();
    if (worker && worker.sync) { worker.sync.register("linli-outbox").catch(function () {}); }
  };

  /* Ask the worker to keep a form for the moment when there is no network. */
  var worker = null;
  intake.keep = function (address) {
    if (!navigator.serviceWorker || !window.isSecureContext) { return; }
    navigator.serviceWorker.ready.then(function (registration) {
      registration.active.postMessage({ keep: address });
    });
  };
  if (navigator.serviceWorker && window.isSecureContext) {
    navigator.serviceWorker.register(texts.worker).then(function (registration) {
      worker = registration;
    }, function () { /* Without a worker all else works. */ });
    navigator.serviceWorker.addEventListener("message", function () { run(); });
    intake.keep(location.href);
  }

  window.addEventListener("online", run);
  window.setInterval(function () {
    intake.outbox.all().then(function (entries) {
      if (entries.some(function (entry) { return entry.state === "waiting"; })) { run(); }
    });
  }, EVERY_MS);
  draw().then(run).catch(function () { /* A private window without a database. */ });
})();
