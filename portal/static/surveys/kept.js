/* Receipts of this phone: kept here when an answer is in, and looked for in the published list once
   the survey is sealed, with nothing to type. Nothing of it leaves the phone but the first two signs
   of a hash, which some hundred others share (ES2017). */
(function () {
  "use strict";

  var MOST = 10; /* One phone may answer for parents and neighbours. */

  function each(list, action) { Array.prototype.forEach.call(list, action); }

  function name(survey) { return "linli-receipts:" + survey; }

  function read(survey) {
    try {
      var found = JSON.parse(window.localStorage.getItem(name(survey)) || "[]");
      return Array.isArray(found) ? found : [];
    } catch (error) { return []; }
  }

  function write(survey, kept) {
    try {
      if (kept.length) {
        window.localStorage.setItem(name(survey), JSON.stringify(kept.slice(-MOST)));
      } else {
        window.localStorage.removeItem(name(survey));
      }
    } catch (error) { /* a browser that keeps nothing has nothing to show */ }
  }

  function without(survey, receipt) {
    return read(survey).filter(function (one) { return one.receipt !== receipt; });
  }

  function keep(part) {
    var survey = part.dataset.keepOf;
    var receipt = part.dataset.keepReceipt;
    write(survey, without(survey, receipt).concat([{ receipt: receipt, hash: part.dataset.keepHash }]));
  }

  function element(kind, style, text) {
    var made = document.createElement(kind);
    made.className = style;
    if (text) { made.textContent = text; }
    return made;
  }

  function Kept(part) {
    this.part = part;
    this.texts = part.dataset;
    this.survey = part.dataset.keptOf;
    this.list = part.querySelector("[data-kept-list]");
    this.draw();
  }

  Kept.prototype.draw = function () {
    var self = this;
    var kept = read(this.survey);
    this.list.textContent = "";
    this.part.hidden = !kept.length;
    kept.forEach(function (one) { self.list.appendChild(self.item(one)); });
  };

  Kept.prototype.item = function (one) {
    var self = this;
    var item = element("li", "survey-kept__item");
    var state = element("p", "survey-kept__state", this.texts.textSent);
    state.setAttribute("role", "status");
    item.appendChild(state);
    item.appendChild(element("p", "survey-kept__receipt", one.receipt));
    var form = element("form", "survey-kept__actions");
    form.method = "post";
    form.action = this.texts.receiptUrl;
    var input = element("input", "");
    input.type = "hidden";
    input.name = "receipt";
    input.value = one.receipt;
    form.appendChild(input);
    var look = element("button", "button button--second", this.texts.textLook);
    look.type = "submit";
    form.appendChild(look);
    var forget = element("button", "button button--second", this.texts.textForget);
    forget.type = "button";
    forget.addEventListener("click", function () {
      if (window.confirm(self.texts.textSure)) {
        write(self.survey, without(self.survey, one.receipt));
        self.draw();
      }
    });
    form.appendChild(forget);
    item.appendChild(form);
    if (this.texts.listUrl && window.fetch) { this.search(one, state); }
    return item;
  };

  /* A line of the list: hash, commitment, whether it counts. */
  Kept.prototype.search = function (one, state) {
    var texts = this.texts;
    state.textContent = texts.textSearching;
    window.fetch(texts.listUrl.replace("/00.csv", "/" + one.hash.slice(0, 2) + ".csv"))
      .then(function (answer) {
        if (!answer.ok) { throw new Error(String(answer.status)); }
        return answer.text();
      })
      .then(function (list) {
        var line = list.split("\n").filter(function (row) {
          return row.slice(0, one.hash.length + 1) === one.hash + ",";
        })[0];
        var counts = line && line.trim().split(",")[2] === "counted";
        state.textContent = counts ? texts.textCounted : (line ? texts.textListed : texts.textMissing);
        state.classList.toggle("survey-kept__state--good", Boolean(counts));
      })
      .catch(function () { state.textContent = texts.textLater; });
  };

  function start() {
    each(document.querySelectorAll("[data-keep-receipt]"), keep);
    each(document.querySelectorAll("[data-forget-receipt]"), function (part) {
      write(part.dataset.forgetOf, without(part.dataset.forgetOf, part.dataset.forgetReceipt));
    });
    each(document.querySelectorAll("[data-kept-of]"), function (part) {
      if (!part.keptShown) { part.keptShown = new Kept(part); }
    });
  }

  document.addEventListener("intake:shown", start);
  start();
})();
