/* The photos of a form: a list that is ours, because a file input holds one choice only (ES2017). */
(function () {
  "use strict";

  var MAX_PHOTOS = 6;
  var MAX_BYTES = 15 * 1024 * 1024;
  var intake = window.intake = window.intake || {};

  intake.element = function (name, className, text) {
    var made = document.createElement(name);
    if (className) { made.className = className; }
    if (text) { made.textContent = text; }
    return made;
  };

  /* Is it a photo? Said at once: the server looks closer, but only after the text. */

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

  function Photos(form) {
    this.files = [];
    this.form = form;
    this.input = form.querySelector("input[type=file][data-intake-photos]");
    if (this.input) { this.build(); }
  }
  Photos.prototype.build = function () {
    var self = this;
    var picker = intake.element("span", "intake-picker");
    this.list = intake.element("ul", "intake-photos");
    this.warning = intake.element("div", "intake-warning");
    this.warning.setAttribute("role", "status");
    this.input.parentNode.insertBefore(this.list, this.input);
    this.input.parentNode.insertBefore(picker, this.input);
    picker.appendChild(this.input);
    picker.appendChild(intake.element("span", "button button--second", this.form.dataset.textPhotoAdd));
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
    if (!said) { this.warning.appendChild(intake.element("p", "intake-warning__line", line)); }
  };
  Photos.prototype.draw = function () {
    var self = this;
    this.list.textContent = "";
    this.files.forEach(function (file, index) {
      var item = intake.element("li", "intake-photo");
      var image = intake.element("img");
      var label = self.form.dataset.textPhotoNumber + " " + (index + 1);
      image.alt = label;
      image.src = URL.createObjectURL(file);
      image.onload = function () { URL.revokeObjectURL(image.src); };
      var remove = intake.element("button", "", self.form.dataset.textPhotoRemove);
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

  intake.Photos = Photos;
})();
