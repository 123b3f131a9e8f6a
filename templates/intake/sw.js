/* Keeps empty resident forms and what they need to be drawn, so that they open without network, and
   sends what waits in the outbox. Pages come from the network whenever there is one. Kept are only
   pages that the server marks as an empty form (X-Intake: form), asked for without cookies: never a
   receipt, a case or a staff page. */
"use strict";

importScripts("{{ outbox }}");

var CACHE = "linli-forms-{{ version }}";
var FILES = {{ files|safe }};
var OFFLINE = {{ offline|safe }};
var PRIVATE = /^\/(staff|accounts|documents|media|healthz)(\/|$)/;
var PATIENCE_MS = 8000;

self.addEventListener("install", function (event) {
  event.waitUntil(
    caches.open(CACHE)
      .then(function (cache) { return cache.addAll(FILES.concat(OFFLINE)); })
      .then(function () { return self.skipWaiting(); })
  );
});

self.addEventListener("activate", function (event) {
  event.waitUntil(
    caches.keys()
      .then(function (names) {
        return Promise.all(names.filter(function (name) {
          return name.indexOf("linli-forms-") === 0 && name !== CACHE;
        }).map(function (name) { return caches.delete(name); }));
      })
      .then(function () { return self.clients.claim(); })
  );
});

function keep(address) {
  return fetch(address, { credentials: "omit" }).then(function (answer) {
    if (answer.status !== 200 || answer.headers.get("X-Intake") !== "form") { return undefined; }
    return caches.open(CACHE).then(function (cache) { return cache.put(address, answer); });
  }).catch(function () { /* Another time. */ });
}

self.addEventListener("message", function (event) {
  var address = event.data && event.data.keep && new URL(event.data.keep, self.location.href);
  if (!address || address.origin !== self.location.origin || PRIVATE.test(address.pathname)) { return; }
  address.hash = "";
  event.waitUntil(keep(address.href));
});

/* The page itself, or the same form of the same place about something else. */
function kept(address) {
  return caches.open(CACHE).then(function (cache) {
    return cache.match(address.href).then(function (page) {
      if (page) { return page; }
      return cache.keys().then(function (requests) {
        var fitting = requests.filter(function (request) {
          var other = new URL(request.url);
          return address.searchParams.has("category") && other.searchParams.has("category") &&
            other.pathname === address.pathname &&
            other.searchParams.get("place") === address.searchParams.get("place") &&
            other.searchParams.get("at") === address.searchParams.get("at");
        })[0];
        return fitting ? cache.match(fitting) : undefined;
      });
    });
  });
}

function open(request) {
  var address = new URL(request.url);
  address.hash = "";
  var asked = fetch(request);
  var late = new Promise(function (resolve) {
    setTimeout(function () { kept(address).then(function (page) { if (page) { resolve(page); } }); },
      PATIENCE_MS);
  });
  asked.then(function (answer) {
    if (answer.headers.get("X-Intake") === "form") { keep(address.href); }
  }, function () {});
  return Promise.race([asked, late]).catch(function () {
    return kept(address).then(function (page) { return page || offline(address); });
  });
}

function offline(address) {
  return caches.match(/^\/en\//.test(address.pathname) ? OFFLINE[1] : OFFLINE[0]);
}

self.addEventListener("fetch", function (event) {
  var address = new URL(event.request.url);
  if (address.origin !== self.location.origin) { return; }
  if (event.request.method !== "GET") {
    /* A step of a form without script, or loaded again in a tunnel: loading it once more goes on. */
    if (event.request.mode === "navigate" && !PRIVATE.test(address.pathname)) {
      event.respondWith(fetch(event.request).catch(function () { return offline(address); }));
    }
    return;
  }
  if (FILES.indexOf(address.pathname) >= 0) {
    event.respondWith(caches.open(CACHE).then(function (cache) {
      return cache.match(address.pathname);
    }).then(function (file) { return file || fetch(event.request); }));
  } else if (event.request.mode === "navigate" && !PRIVATE.test(address.pathname)) {
    event.respondWith(open(event.request));
  }
});

self.addEventListener("sync", function (event) {
  if (event.tag !== "linli-outbox") { return; }
  event.waitUntil(intake.outbox.run().then(function () {
    return self.clients.matchAll();
  }).then(function (pages) {
    pages.forEach(function (page) { page.postMessage("outbox"); });
  }));
});
