/* What could not be sent yet: kept in IndexedDB, sent with its key, so that it arrives once however
   often it is tried. Used by pages and by the service worker alike (ES2017; no ?. and no ??).

   An entry: { key, kind, title, url, fields: [[name, text or file]…], photoUrl, photos: [file…],
   at, state: "waiting" | "sent" | "refused", stored, page, failed: [text…] } */
(function (root) {
  "use strict";

  var NAME = "linli-outbox";
  var STORE = "entries";
  var KEEP_MS = 7 * 24 * 3600 * 1000;
  var intake = root.intake = root.intake || {};

  function open() {
    return new Promise(function (resolve, reject) {
      var asked = root.indexedDB.open(NAME, 1);
      asked.onupgradeneeded = function () {
        asked.result.createObjectStore(STORE, { keyPath: "key" });
      };
      asked.onsuccess = function () { resolve(asked.result); };
      asked.onerror = function () { reject(asked.error); };
    });
  }

  function act(mode, work) {
    return open().then(function (database) {
      return new Promise(function (resolve, reject) {
        var transaction = database.transaction(STORE, mode);
        var asked = work(transaction.objectStore(STORE));
        transaction.oncomplete = function () { database.close(); resolve(asked.result); };
        transaction.onerror = transaction.onabort = function () {
          database.close();
          reject(transaction.error);
        };
      });
    });
  }

  function put(entry) { return act("readwrite", function (store) { return store.put(entry); }); }
  function remove(key) { return act("readwrite", function (store) { return store.delete(key); }); }
  function get(key) { return act("readonly", function (store) { return store.get(key); }); }

  /* Everything that is kept, oldest first; what was sent or refused goes after a week. */
  function all() {
    return act("readonly", function (store) { return store.getAll(); }).then(function (entries) {
      var old = entries.filter(function (entry) {
        return entry.state !== "waiting" && Date.now() - entry.at > KEEP_MS;
      });
      old.forEach(function (entry) { remove(entry.key); });
      return entries
        .filter(function (entry) { return old.indexOf(entry) < 0; })
        .sort(function (a, b) { return a.at - b.at; });
    });
  }

  /* Words alone go in the short form, which the server reads in a fraction of the time. */
  function shortest(data) {
    var fields = Array.from(data);
    var files = fields.some(function (field) { return field[1] instanceof Blob; });
    return files ? data : new URLSearchParams(fields);
  }

  function post(url, data) {
    return root.fetch(url, {
      method: "POST", body: shortest(data), credentials: "omit", headers: { "X-Intake": "script" }
    }).then(function (response) {
      return response.text().then(function (text) {
        var html = (response.headers.get("Content-Type") || "").indexOf("text/html") === 0;
        return {
          status: response.status,
          stored: response.headers.get("X-Intake") === "stored",
          conflict: response.headers.get("X-Intake") === "conflict",
          page: html ? text : "",
          text: html ? "" : text
        };
      });
    });
  }

  function body(entry) {
    var data = new FormData();
    entry.fields.forEach(function (field) {
      if (field[1] instanceof Blob) { data.append(field[0], field[1], field[1].name || "photo.jpg"); }
      else { data.append(field[0], field[1]); }
    });
    return data;
  }

  /* Resolves with the entry once it is sent or refused; rejects while there is no way through. */
  function send(entry) {
    if (entry.stored) { return follow(entry); }
    return post(entry.url, body(entry)).then(function (answer) {
      if (answer.status >= 500) { throw new Error("trouble"); }
      entry.page = answer.page;
      if (!answer.stored) {
        entry.state = "refused";
        return put(entry).then(function () { return entry; });
      }
      entry.stored = true;
      return put(entry).then(function () { return follow(entry); });
    });
  }

  /* Photos one after the other: a broken one never takes the others with it. */
  function follow(entry) {
    if (!entry.photoUrl || !entry.photos.length) {
      entry.state = "sent";
      entry.fields = [];
      return put(entry).then(function () { return entry; });
    }
    var data = new FormData();
    var file = entry.photos[0];
    data.append("intake_key", entry.key);
    data.append("photo", file, file.name || "photo.jpg");
    return post(entry.photoUrl, data).then(function (answer) {
      if (answer.status >= 500) { throw new Error("trouble"); }
      if (!answer.stored) { entry.failed.push(answer.text || file.name); }
      entry.photos = entry.photos.slice(1);
      return put(entry).then(function () { return follow(entry); });
    });
  }

  function alone(work) {
    var locks = root.navigator && root.navigator.locks;
    return locks ? locks.request(NAME, work) : work();
  }

  /* Try everything that waits, in order; resolves with what is through, stops at the first that is
     not. */
  function run() {
    return alone(function () {
      return all().then(function (entries) {
        var through = [];
        return entries
          .filter(function (entry) { return entry.state === "waiting"; })
          .reduce(function (before, entry) {
            return before
              /* Another page may have sent or deleted it meanwhile. */
              .then(function () { return get(entry.key); })
              .then(function (still) {
                return still && still.state === "waiting" ? send(still) : null;
              })
              .then(function (done) { if (done) { through.push(done); } });
          }, Promise.resolve())
          .then(function () { return through; }, function () { return through; });
      });
    });
  }

  intake.outbox = { put: put, remove: remove, all: all, run: run, post: post };
})(self);
