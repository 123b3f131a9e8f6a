/* A resident form that survives a bad connection (ES2017; no ?. and no ??).

   The key of the submission is made here, so that sending twice is one submission. Without network
   it goes into the outbox of this device and is sent from there. A form opts in by the attributes of
   templates/intake/attributes.html; templates/intake/scripts.html names the files this one needs. */
(function () {
  "use strict";

  var RETRY_MS = 15000;
  var intake = window.intake;

  if (!window.fetch || !window.FormData || !window.crypto || !window.Promise || !window.DOMParser ||
      !Element.prototype.closest) {
    return; /* The way without script works for everybody. */
  }

  function each(list, action) { Array.prototype.forEach.call(list, action); }

  function Intake(form, files) {
    var self = this;
    this.form = form;
    this.draft = intake.draft(form);
    this.photos = new intake.Photos(form);
    this.busy = false;
    this.waiting = false;
    this.state = intake.element("div", "intake-state");
    this.state.setAttribute("role", "status");
    this.state.hidden = true;
    /* Without script a page to check comes first; with it, this button sends. */
    each(form.querySelectorAll("[data-text-send]"), function (button) {
      button.textContent = button.dataset.textSend;
    });
    form.parentNode.insertBefore(this.state, form);
    (files || []).forEach(function (file) { self.photos.add(file); });
    this.restore(!files && !form.hasAttribute("data-intake-typed"));
    form.addEventListener("click", function (event) {
      /* Chromium 78 does not say which button sent a form. */
      var button = event.target.closest("button");
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
    this.key = kept && (fresh || !this.form.hasAttribute("data-intake-typed"))
      ? kept.key : intake.newKey();
    if (!fresh || !kept || !kept.fields.length) { return; }
    intake.fill(this.form, kept.fields);
    var self = this;
    this.say(this.form.dataset.textRestored, this.form.dataset.textDiscard, function () {
      self.draft.forget();
      location.reload();
    });
  };

  Intake.prototype.keep = function () {
    if (!this.done) { this.draft.write(this.key, intake.typed(this.form)); }
  };

  Intake.prototype.say = function (text, button, action) {
    this.state.textContent = "";
    this.state.hidden = !text;
    if (!text) { return; }
    this.state.appendChild(intake.element("p", "", text));
    if (button) {
      var made = intake.element("button", "button button--second", button);
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
    var data = this.body(submitter);
    intake.outbox.post(this.address(), data).then(
      function (answer) { self.answered(answer, data); },
      function () { self.failed(self.form.dataset.textWaiting, data); }
    );
  };

  Intake.prototype.address = function () {
    return this.form.getAttribute("action") || location.href;
  };

  /* What is kept of this submission, with `stored` where only photos are left. */
  Intake.prototype.entry = function (data, page) {
    var fields = [];
    var url = this.form.dataset.photoUrl;
    var heading = document.querySelector("main h1");
    data.forEach(function (value, name) { fields.push([name, value]); });
    return {
      key: this.key, kind: this.form.dataset.intakeForm, at: Date.now(), state: "waiting",
      title: this.form.dataset.title || (heading ? heading.textContent : document.title), url: this.address(), fields: fields,
      photoUrl: url || "", photos: url ? this.photos.files.slice() : [], failed: [],
      stored: Boolean(page), page: page || ""
    };
  };

  /* Into the outbox; where the device refuses that, this page stays and tries again. */
  Intake.prototype.failed = function (text, data) {
    var self = this;
    intake.outbox.put(this.entry(data)).then(function () { self.leave(text); }, function () {
      self.busy = false;
      self.waiting = true;
      self.say(text, self.form.dataset.textRetry, function () { self.send(); });
    });
  };

  /* The outbox has it: the form is done with. */
  Intake.prototype.leave = function (text) {
    this.end();
    this.form.hidden = true;
    this.say(text, this.form.dataset.textAnother, function () { location.reload(); });
    intake.expect(this.key);
  };

  Intake.prototype.end = function () {
    this.done = true;
    this.draft.forget();
    window.removeEventListener("online", this.again);
    window.clearInterval(this.timer);
  };

  Intake.prototype.answered = function (answer, data) {
    var files = this.photos.files;
    if (answer.status >= 500) { this.failed(this.form.dataset.textTrouble, data); return; }
    if (!answer.stored) {
      /* Errors, a conflict, or a page to check: the server's own page takes over. */
      window.removeEventListener("online", this.again);
      window.clearInterval(this.timer);
      if (answer.conflict) { this.draft.forget(); }
      intake.show(answer.page, files);
      return;
    }
    if (!this.form.dataset.photoUrl || !files.length) {
      this.end();
      intake.show(answer.page);
      return;
    }
    /* The text is safe. The photos go by the outbox, which outlives this page. */
    var self = this;
    this.end();
    this.say(this.form.dataset.textPhotoSending + " " + files.length);
    intake.outbox.put(this.entry(data, answer.page)).then(function () {
      intake.expect(self.key);
    }, function () {
      intake.show(answer.page);
      intake.tell(self.form.dataset.textPhotoFailed, files.map(function (file) { return file.name; }));
    });
  };

  function start(root, files) {
    each(root.querySelectorAll("form[data-intake-form]"), function (form) {
      var made = new Intake(form, files);
      return made;
    });
    each(root.querySelectorAll("[data-print]"), function (button) { button.hidden = false; });
  }

  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-print]")) { window.print(); }
  });

  intake.start = start;
  start(document);
})();
