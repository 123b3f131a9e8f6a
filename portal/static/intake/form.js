/* A resident form that survives a bad connection (ES2017; no ?. and no ??).

   The key of the submission is made here, so that sending twice is one submission. What is typed is
   kept on this device until the server says it is stored. Photos follow one by one after the text.
   A form opts in by the attributes of templates/intake/attributes.html. */
(function () {
  "use strict";

  var KEEP_MS = 7 * 24 * 3600 * 1000;
  var RETRY_MS = 15000;
  var MAX_PHOTOS = 6;
  var MAX_BYTES = 15 * 1024 * 1024;

  if (!window.fetch || !window.FormData || !window.crypto || !window.Promise || !window.DOMParser) {
    return; /* The way without script works for everybody. */
  }

  function newKey() {
    var bytes = new Uint8Array(16);
    window.crypto.getRandomValues(bytes);
    return Array.prototype.map
      .call(bytes, function (byte) { return ("0" + byte.toString(16)).slice(-2); })
      .join("");
  }

  function element(name, className, text) {
    var made = document.createElement(name);
    if (className) { made.className = className; }
    if (text) { made.textContent = text; }
    return made;
  }

  /* ---- the draft on this device ---- */

  function Draft(form) {
    this.name = "intake:" + form.dataset.intakeForm + ":" + location.pathname + location.search;
  }
  Draft.prototype.read = function () {
    try {
      var kept = JSON.parse(window.localStorage.getItem(this.name));
      return kept && Date.now() - kept.at < KEEP_MS ? kept : null;
    } catch (error) { return null; }
  };
  Draft.prototype.write = function (key, form) {
    try {
      window.localStorage.setItem(
        this.name, JSON.stringify({ key: key, at: Date.now(), fields: typed(form) })
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

  /* ---- is it a photo? Said at once: the server looks closer, but only after the text. ---- */

  function looksLikePhoto(bytes) {
    function has(at, text) {
      for (var i = 0; i < text.length; i += 1) {
        if (bytes[at + i] !== text.charCodeAt(i)) { return false; }
      }
      return true;
    }
    return has(0, "\xff\xd8\xff") || has(0, "\x89PNG") || has(4, "ftyp") ||
      (has(0, "RIFF") && has(8, "WEBP"));
  }

  /* Calls `refuse` for what is surely no photo; what cannot be read here is left to the server. */
  function examine(file, refuse) {
    var reader = new FileReader();
    reader.onload = function () {
      if (!looksLikePhoto(new Uint8Array(reader.result))) { refuse(); }
    };
    reader.readAsArrayBuffer(file.slice(0, 12));
  }

  /* ---- photos: a list that is ours, because a file input holds one choice only ---- */

  function Photos(form) {
    this.files = [];
    this.form = form;
    this.input = form.querySelector("input[type=file][data-intake-photos]");
    if (this.input) { this.build(); }
  }
  Photos.prototype.build = function () {
    var self = this;
    var picker = element("span", "intake-picker");
    this.list = element("ul", "intake-photos");
    this.warning = element("div", "intake-warning");
    this.warning.setAttribute("role", "status");
    this.input.parentNode.insertBefore(this.list, this.input);
    this.input.parentNode.insertBefore(picker, this.input);
    picker.appendChild(this.input);
    picker.appendChild(element("span", "button button--second", this.form.dataset.textPhotoAdd));
    picker.parentNode.insertBefore(this.warning, picker.nextSibling);
    this.input.addEventListener("change", function () {
      self.warning.textContent = "";
      Array.prototype.forEach.call(self.input.files, function (file) { self.add(file); });
      self.input.value = "";
    });
  };
  Photos.prototype.held = function () {
    return this.form.querySelectorAll("[data-intake-held]").length;
  };
  Photos.prototype.add = function (file) {
    var self = this;
    var texts = this.form.dataset;
    if (this.files.length + this.held() >= MAX_PHOTOS) { this.warn(texts.textPhotoLimit); return; }
    if (file.size > MAX_BYTES) { this.warn(texts.textPhotoLarge, file); return; }
    this.files.push(file);
    this.draw();
    examine(file, function () {
      var index = self.files.indexOf(file);
      if (index < 0) { return; }
      self.files.splice(index, 1);
      self.draw();
      self.warn(texts.textPhotoUnreadable, file);
    });
  };
  /* Each warning once, however many photos it is about; {name} is the photo's. */
  Photos.prototype.warn = function (text, file) {
    var name = file ? file.name : "";
    if (name.length > 40) { name = name.slice(0, 20) + "…" + name.slice(-15); }
    var line = text.split("{name}").join(name);
    var said = Array.prototype.some.call(this.warning.children, function (child) {
      return child.textContent === line;
    });
    if (!said) { this.warning.appendChild(element("p", "intake-warning__line", line)); }
  };
  Photos.prototype.draw = function () {
    var self = this;
    this.list.textContent = "";
    this.files.forEach(function (file, index) {
      var item = element("li", "intake-photo");
      var image = element("img");
      var label = self.form.dataset.textPhotoNumber + " " + (index + 1);
      image.alt = label;
      image.src = URL.createObjectURL(file);
      image.onload = function () { URL.revokeObjectURL(image.src); };
      var remove = element("button", "", self.form.dataset.textPhotoRemove);
      remove.type = "button";
      remove.setAttribute("aria-label", self.form.dataset.textPhotoRemove + " " + label);
      remove.addEventListener("click", function () {
        self.files.splice(index, 1);
        self.warning.textContent = "";
        self.draw();
        self.input.focus();
      });
      item.appendChild(image);
      item.appendChild(remove);
      self.list.appendChild(item);
    });
  };

  /* ---- sending ---- */

  function Intake(form, files) {
    this.form = form;
    this.draft = new Draft(form);
    this.photos = new Photos(form);
    this.busy = false;
    this.waiting = false;
    this.state = element("div", "intake-state");
    this.state.setAttribute("role", "status");
    this.state.hidden = true;
    /* Without script a page to check comes first; with it, this button sends. */
    Array.prototype.forEach.call(form.querySelectorAll("[data-text-send]"), function (button) {
      button.textContent = button.dataset.textSend;
    });
    form.parentNode.insertBefore(this.state, form);
    var self = this;
    (files || []).forEach(function (file) { self.photos.add(file); });
    this.restore(!files);
    form.addEventListener("click", function (event) {
      /* Chromium 78 does not say which button sent a form. */
      var button = event.target.closest ? event.target.closest("button") : null;
      if (button && button.type === "submit") { self.pressed = button; }
    });
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      self.send(event.submitter || self.pressed);
    });
    var keep = function () { self.keep(); };
    form.addEventListener("input", keep);
    form.addEventListener("change", keep);
    this.again = function () { if (self.waiting) { self.send(); } };
    window.addEventListener("online", this.again);
    this.timer = window.setInterval(this.again, RETRY_MS);
  }

  Intake.prototype.restore = function (fresh) {
    var kept = this.draft.read();
    this.key = kept ? kept.key : newKey();
    if (!fresh || !kept || !kept.fields.length) { return; }
    fill(this.form, kept.fields);
    var self = this;
    this.say(this.form.dataset.textRestored, this.form.dataset.textDiscard, function () {
      self.draft.forget();
      location.reload();
    });
  };

  Intake.prototype.keep = function () {
    if (!this.done) { this.draft.write(this.key, this.form); }
  };

  Intake.prototype.say = function (text, button, action) {
    this.state.textContent = "";
    this.state.hidden = !text;
    if (!text) { return; }
    this.state.appendChild(element("p", "", text));
    if (button) {
      var made = element("button", "button button--second", button);
      made.type = "button";
      made.addEventListener("click", action);
      this.state.appendChild(made);
    }
    this.state.scrollIntoView(false);
  };

  Intake.prototype.body = function (submitter) {
    var data = new FormData(this.form);
    var input = this.photos.input;
    if (input) { data.delete(input.name); }
    if (submitter && submitter.name) { data.append(submitter.name, submitter.value); }
    data.set("intake_key", this.key);
    if (input && !this.form.dataset.photoUrl) {
      this.photos.files.forEach(function (file) { data.append(input.name, file, file.name); });
    }
    return data;
  };

  Intake.prototype.send = function (submitter) {
    if (this.busy) { return; }
    this.busy = true;
    this.keep();
    this.say(this.form.dataset.textSending);
    var self = this;
    post(this.form.action || location.href, this.body(submitter)).then(
      function (answer) { self.answered(answer); },
      function () { self.failed(self.form.dataset.textWaiting); }
    );
  };

  Intake.prototype.failed = function (text) {
    var self = this;
    this.busy = false;
    this.waiting = true;
    this.say(text, this.form.dataset.textRetry, function () { self.send(); });
  };

  Intake.prototype.answered = function (answer) {
    this.busy = false;
    this.waiting = false;
    if (answer.status >= 500) { this.failed(this.form.dataset.textTrouble); return; }
    var files = this.photos.files;
    window.removeEventListener("online", this.again);
    window.clearInterval(this.timer);
    if (!answer.stored) {
      /* Errors, a conflict, or a page to check: the server's own page takes over. */
      if (answer.conflict) { this.draft.forget(); }
      show(answer.page, files);
      return;
    }
    this.done = true;
    this.draft.forget();
    var url = this.form.dataset.photoUrl;
    if (!url || !files.length) { show(answer.page); return; }
    this.follow(url, files.slice(), [], answer.page);
  };

  /* Photos one after the other: a broken one never takes the others with it. */
  Intake.prototype.follow = function (url, files, failed, page) {
    var self = this;
    if (!files.length) {
      show(page);
      tell(this.form.dataset.textPhotoFailed, failed);
      return;
    }
    this.say(this.form.dataset.textPhotoSending + " " + files.length);
    var data = new FormData();
    data.append("intake_key", this.key);
    data.append("photo", files[0], files[0].name);
    post(url, data).then(
      function (answer) {
        if (!answer.stored) { failed.push(answer.text || files[0].name); }
        self.follow(url, files.slice(1), failed, page);
      },
      function () {
        window.setTimeout(function () { self.follow(url, files, failed, page); }, RETRY_MS / 3);
      }
    );
  };

  function post(url, data) {
    return window.fetch(url, {
      method: "POST", body: data, credentials: "omit", headers: { "X-Intake": "script" }
    }).then(function (response) {
      return response.text().then(function (text) {
        var html = (response.headers.get("Content-Type") || "").indexOf("text/html") === 0;
        return {
          status: response.status,
          stored: response.headers.get("X-Intake") === "stored",
          conflict: response.headers.get("X-Intake") === "conflict",
          page: html ? new DOMParser().parseFromString(text, "text/html") : null,
          text: html ? "" : text
        };
      });
    });
  }

  /* Put the answer's main part where ours is; the frame of the page stays. */
  function show(page, files) {
    var main = document.querySelector("main");
    var next = page && page.querySelector("main");
    if (!next) { location.reload(); return; }
    main.innerHTML = next.innerHTML;
    document.title = page.title;
    start(main, files || []);
    var target = main.querySelector("[data-error-summary]") || main.querySelector("h1") || main;
    target.setAttribute("tabindex", "-1");
    target.focus();
    window.scrollTo(0, 0);
    document.dispatchEvent(new CustomEvent("intake:shown"));
  }

  function tell(title, lines) {
    if (!lines.length) { return; }
    var box = element("div", "intake-state");
    box.setAttribute("role", "alert");
    box.appendChild(element("p", "", title));
    lines.forEach(function (line) { box.appendChild(element("p", "", line)); });
    var main = document.querySelector("main");
    var heading = main.querySelector("h1");
    heading.parentNode.insertBefore(box, heading.nextSibling);
  }

  function start(root, files) {
    Array.prototype.forEach.call(root.querySelectorAll("form[data-intake-form]"), function (form) {
      var intake = new Intake(form, files);
      return intake;
    });
    Array.prototype.forEach.call(root.querySelectorAll("[data-print]"), function (button) {
      button.hidden = false;
    });
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest ? event.target.closest("[data-print]") : null;
    if (button) { window.print(); }
  });

  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", function () { start(document); });
  } else {
    start(document);
  }
})();
