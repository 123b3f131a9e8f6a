/* A survey with script: all questions come at once and are shown a few at a time, so that a lost
   connection does not stop anybody. Sending and keeping drafts is intake/form.js (ES2017). */
(function () {
  "use strict";

  function each(list, action) { Array.prototype.forEach.call(list, action); }

  function grouped(text) {
    var digits = (text.normalize ? text.normalize("NFKC") : text).replace(/[^0-9]/g, "");
    return digits.slice(0, 16).replace(/(.{4})(?=.)/g, "$1 ");
  }

  function prepareStart(form) {
    if (!window.fetch || !window.FormData || !window.DOMParser || !Element.prototype.closest) {
      return; /* intake/form.js stays out as well: step by step on the server. */
    }
    if (!form.querySelector("input[name=script]")) {
      var input = document.createElement("input");
      input.type = "hidden";
      input.name = "script";
      input.value = "1";
      form.appendChild(input);
    }
    var code = form.querySelector("[data-code]");
    if (code) {
      code.addEventListener("input", function () {
        if (code.selectionStart === code.value.length) { code.value = grouped(code.value); }
      });
    }
  }

  /* ---- one form, a step at a time ---- */

  function Steps(form) {
    this.form = form;
    this.steps = Array.prototype.slice.call(form.querySelectorAll("[data-step]"));
    this.next = form.querySelector("[data-next]");
    this.back = form.querySelector("[data-back]");
    this.submit = form.querySelector("[data-send]");
    this.now = 0;
    var self = this;
    form.surveySteps = this;
    this.next.addEventListener("click", function () { self.forward(); });
    this.back.addEventListener("click", function () { self.show(self.neighbour(-1), true); });
    form.addEventListener("change", function (event) { self.changed(event.target); });
    this.refresh();
    this.show(this.steps[Number(form.dataset.first)] ? Number(form.dataset.first) : 0, false);
  }

  Steps.prototype.changed = function (field) {
    var question = field.closest("[data-question]");
    if (field.type === "checkbox" && field.checked) {
      var alone = field.hasAttribute("data-exclusive");
      each(question.querySelectorAll("input[type=checkbox]"), function (other) {
        if (other !== field && (alone || other.hasAttribute("data-exclusive"))) {
          other.checked = false;
        }
      });
    }
    if (question && question.classList.contains("field--error") && !this.problem(question)) {
      this.complain(question, "");
    }
    this.refresh();
  };

  /* Values of every control of a name, hidden ones that were carried along included. */
  Steps.prototype.given = function (name) {
    return Array.prototype.filter.call(this.form.elements, function (field) {
      if (field.name !== name || field.disabled) { return false; }
      return field.type === "radio" || field.type === "checkbox" ? field.checked : field.value;
    }).map(function (field) {
      return field.classList.contains("survey-number") ? plainNumber(field.value) : field.value;
    });
  };

  /* A number as the server keeps it: 5.0 is 5. */
  function plainNumber(text) {
    var plain = (text.normalize ? text.normalize("NFKC") : text).trim().replace("。", ".");
    return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(plain) ? String(Number(plain)) : text;
  }

  /* Questions come and go in their order, so that one that goes takes with it what hangs on it. */
  Steps.prototype.refresh = function () {
    var self = this;
    each(this.form.querySelectorAll("[data-question]"), function (question) {
      if (!question.dataset.showIf && !question.querySelector("[data-only-if]")) { return; }
      self.offer(question);
      self.places(question);
      var shown = !question.dataset.showIf || self.holds(JSON.parse(question.dataset.showIf));
      if (shown && question.querySelector("[data-only-if]")) {
        shown = self.offersSomething(question);
      }
      question.hidden = !shown;
      each(question.querySelectorAll("input,select,textarea"), function (field) {
        field.disabled = !shown || Boolean(field.closest("[data-only-if][hidden]"));
      });
    });
    each(this.form.querySelectorAll("select[data-rank]"), function (select) {
      self.rank(select);
    });
    each(this.form.querySelectorAll("[data-shows]"), function (place) {
      place.textContent = self.words(JSON.parse(place.dataset.shows)) || "……";
    });
    this.draw();
  };

  /* Options of a choice filter come and go with earlier answers. */
  Steps.prototype.offer = function (question) {
    var self = this;
    each(question.querySelectorAll("[data-only-if]"), function (option) {
      var offered = self.holds(JSON.parse(option.dataset.onlyIf));
      option.hidden = !offered;
      option.disabled = !offered;
      if (offered) { return; }
      if (option.selected) { option.selected = false; }
      each(option.querySelectorAll("input"), function (field) { field.checked = false; });
    });
  };

  /* A ranking has no more places than items that are offered. */
  Steps.prototype.places = function (question) {
    each(question.querySelectorAll(".survey-place"), function (place, index) {
      var offered = place.querySelectorAll("option[value]:not([value='']):not([hidden])").length;
      place.hidden = index >= offered;
    });
  };

  Steps.prototype.offersSomething = function (question) {
    return Array.prototype.some.call(
      question.querySelectorAll(".survey-choice, optgroup option"),
      function (option) { return !option.hidden; }
    );
  };

  /* What feedback/surveys/conditions.py says of a term, said again for the device. */
  Steps.prototype.holds = function (term) {
    var self = this;
    var args = term.slice(1);
    function every(one) { return self.holds(one); }
    switch (term[0]) {
      case "and": return args.every(every);
      case "or": return args.some(every);
      case "not": return !this.holds(args[0]);
      case "true": return true;
      case "false": return false;
      case "selected": return this.chosen(args[0]).indexOf(args[1]) >= 0;
      case "regex": return this.matches(args[1], this.textOf(args[0]));
      default: return this.compares(term[0], args[0], args[1]);
    }
  };

  Steps.prototype.textOf = function (key) { return this.given("q-" + key).join(" ").trim(); };

  Steps.prototype.chosen = function (key) {
    return this.textOf(key).split(" ").filter(function (code) { return code; });
  };

  /* A pattern of another make than the browser's shows the question; the server judges. */
  Steps.prototype.matches = function (pattern, text) {
    try { return new RegExp("^(?:" + pattern + ")$").test(text); } catch (error) { return true; }
  };

  Steps.prototype.compares = function (op, left, right) {
    var self = this;
    var sides = [left, right].map(function (side) { return self.calculated(side); });
    var byNumber = "<=>=".indexOf(op) >= 0 && op !== "=";
    byNumber = byNumber || [left, right].some(function (side) {
      return ["number", "count-selected", "+", "-", "*", "div"].indexOf(side[0]) >= 0;
    });
    if (!byNumber) { return (sides[0] === sides[1]) === (op === "="); }
    var numbers = sides.map(function (text) { return self.number(text); });
    if (isNaN(numbers[0]) || isNaN(numbers[1])) { return op === "!="; }
    switch (op) {
      case "=": return numbers[0] === numbers[1];
      case "!=": return numbers[0] !== numbers[1];
      case "<": return numbers[0] < numbers[1];
      case "<=": return numbers[0] <= numbers[1];
      case ">": return numbers[0] > numbers[1];
      default: return numbers[0] >= numbers[1];
    }
  };

  /* What a text shows of earlier answers, as the server says them: the words of choices, which may
     have been made in a part that was sent before, and a number with its unit. */
  Steps.prototype.words = function (shown) {
    if (!shown.labels) { return shown.term ? this.calculated(shown.term) : ""; }
    var words = this.given("q-" + shown.term[1]).map(function (value) {
      var isCode = Object.prototype.hasOwnProperty.call(shown.labels, value);
      return isCode ? shown.labels[value] : value.trim();
    }).join(document.documentElement.lang === "en" ? "; " : "、");
    return words && shown.unit ? words + " " + shown.unit : words;
  };

  /* What conditions.py says of a value that is reckoned and shown. */
  Steps.prototype.calculated = function (term) {
    var self = this;
    var args = term.slice(1);
    function value(part) { return self.calculated(part); }
    switch (term[0]) {
      case "answer": return this.textOf(args[0]);
      case "count-selected": return String(this.chosen(args[0]).length);
      case "concat": return args.map(value).join("");
      case "if": return value(this.holds(args[0]) ? args[1] : args[2]);
      case "text": case "number": return String(args[0]);
    }
    var one = this.number(value(args[0]));
    var two = this.number(value(args[1]));
    var result = { "+": one + two, "-": one - two, "*": one * two, "div": one / two }[term[0]];
    if (!(Math.abs(result) <= 1e15)) { return ""; }
    return String(Number(result.toFixed(6)));
  };

  Steps.prototype.number = function (text) {
    var plain = (text.normalize ? text.normalize("NFKC") : text).trim();
    return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i.test(plain) ? Number(plain) : NaN;
  };

  /* What was ticked before stands first in a ranking. */
  Steps.prototype.rank = function (select) {
    var self = this;
    var wanted = [];
    select.dataset.rank.split(" ").forEach(function (name) {
      wanted = wanted.concat(self.given(name));
    });
    var signature = wanted.join(" ");
    if (select.dataset.wanted === signature) { return; }
    select.dataset.wanted = signature;
    var chosen = select.value;
    var groups = select.querySelectorAll("optgroup");
    var rest = groups[groups.length - 1];
    var first = groups.length > 1 ? groups[0] : document.createElement("optgroup");
    if (groups.length === 1) {
      first.label = select.dataset.textWanted;
      select.insertBefore(first, rest);
    }
    var options = Array.prototype.slice.call(select.querySelectorAll("optgroup option"));
    options.sort(function (a, b) { return Number(a.dataset.place) - Number(b.dataset.place); });
    options.forEach(function (option) {
      (wanted.indexOf(option.value) >= 0 ? first : rest).appendChild(option);
    });
    if (!first.children.length) { select.removeChild(first); }
    rest.label = first.children.length ? select.dataset.textRest : select.dataset.textAll;
    select.value = chosen;
  };

  Steps.prototype.isEmpty = function (step) {
    return Array.prototype.every.call(step.querySelectorAll("[data-question]"), function (question) {
      return question.hidden;
    });
  };

  Steps.prototype.visible = function () {
    var self = this;
    return this.steps.filter(function (step) { return !self.isEmpty(step); });
  };

  Steps.prototype.neighbour = function (way) {
    var index = this.now + way;
    while (this.steps[index] && this.isEmpty(this.steps[index])) { index += way; }
    return this.steps[index] ? index : this.now;
  };

  Steps.prototype.draw = function () {
    var shown = this.visible();
    var step = this.steps[this.now];
    var number = shown.indexOf(step) + 1;
    this.steps.forEach(function (other) { other.hidden = other !== step; });
    step.querySelector(".survey-progress__text").textContent = this.form.dataset.textStep
      .replace("NUMBER", number).replace("TOTAL", shown.length);
    var bar = step.querySelector("progress");
    bar.max = shown.length;
    bar.value = number;
    this.next.hidden = number === shown.length;
    this.submit.hidden = number !== shown.length;
    this.back.hidden = number === 1;
  };

  Steps.prototype.show = function (index, focus) {
    this.now = index;
    this.draw();
    if (focus) {
      window.scrollTo(0, 0);
      this.steps[index].focus();
    }
  };

  Steps.prototype.problem = function (question) {
    var fields = question.querySelectorAll("input,select,textarea");
    var name = question.dataset.question;
    var given = this.given(name);
    var maximum = Number(question.dataset.maximum);
    if (question.hidden || !fields.length) { return ""; }
    if (question.hasAttribute("data-required") && !given.length) {
      return this.form.dataset.textMissing;
    }
    if (maximum && given.length > maximum) {
      return this.form.dataset.textMaximum.replace("NUMBER", maximum);
    }
    return this.twice(question, given) || this.outside(question, given);
  };

  /* A ranking names each item once. */
  Steps.prototype.twice = function (question, given) {
    var again = given.some(function (item, index) { return given.indexOf(item) !== index; });
    return again && question.querySelector("[data-rank]") ? this.form.dataset.textTwice : "";
  };

  /* What is no number at all the server tells. */
  Steps.prototype.outside = function (question, given) {
    var field = question.querySelector("[data-low]");
    var number = field && given.length ? this.number(given[0]) : NaN;
    if (isNaN(number) || (number >= Number(field.dataset.low) && number <= Number(field.dataset.high))) {
      return "";
    }
    return this.form.dataset.textRange
      .replace("LOW", field.dataset.low).replace("HIGH", field.dataset.high);
  };

  Steps.prototype.complain = function (question, text) {
    var list = question.querySelector(".errorlist");
    question.classList.toggle("field--error", Boolean(text));
    if (!text) {
      if (list) { list.parentNode.removeChild(list); }
      return;
    }
    if (!list) {
      list = document.createElement("ul");
      list.className = "errorlist";
      list.setAttribute("role", "alert");
      var label = question.querySelector(".field__label");
      label.parentNode.insertBefore(list, label.nextSibling);
    }
    list.textContent = "";
    var item = document.createElement("li");
    item.textContent = text;
    list.appendChild(item);
  };

  /* Whether the step may be left; the first question that is wrong gets the focus. */
  Steps.prototype.isComplete = function () {
    var self = this;
    var wrong = null;
    each(this.steps[this.now].querySelectorAll("[data-question]"), function (question) {
      var text = self.problem(question);
      self.complain(question, text);
      if (text && !wrong) { wrong = question; }
    });
    if (wrong) {
      wrong.querySelector("input,select,textarea").focus();
      wrong.scrollIntoView();
    }
    return !wrong;
  };

  Steps.prototype.forward = function () {
    if (this.isComplete()) { this.show(this.neighbour(1), true); }
  };

  /* One step on its own, from the server: what asks more about “other” comes once that is chosen. */
  function watchOne(form) {
    var step = Object.create(Steps.prototype);
    step.form = form;
    step.draw = function () {};
    form.surveyStep = step;
    form.addEventListener("change", function (event) { step.changed(event.target); });
    step.refresh();
  }

  /* How many answers this browser has sent is counted here and stays here; only whether they are
     more than five goes along. The rest of a survey, or a change, is no other answer. */
  function countAnswer(form) {
    if (form.surveyCounted || !form.hasAttribute("data-intake-form")
        || form.querySelector("input[name=continues],input[name=replaces]")) { return; }
    form.surveyCounted = true;
    try {
      var name = "linli-answers:" + form.getAttribute("action").split("?")[0];
      var count = Number(window.localStorage.getItem(name) || 0) + 1;
      window.localStorage.setItem(name, String(count));
      if (count > 5) {
        var input = document.createElement("input");
        input.type = "hidden";
        input.name = "many";
        input.value = "1";
        form.appendChild(input);
      }
    } catch (error) { /* a browser that keeps nothing counts nothing */ }
  }

  /* Before intake/form.js sends: the Enter key on an early step goes on instead. */
  document.addEventListener("submit", function (event) {
    var steps = event.target.surveySteps;
    if (!steps) { return; }
    if (steps.submit.hidden || !steps.isComplete()) {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (steps.submit.hidden) { steps.forward(); }
    } else {
      countAnswer(event.target);
    }
  }, true);

  /* A link of the error summary leads into a step that may be hidden. */
  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest("[data-error-summary] a");
    var target = link && document.getElementById(link.hash.slice(1));
    var step = target && target.closest("[data-step]");
    var form = step && step.closest("form");
    if (form && form.surveySteps) {
      event.preventDefault();
      form.surveySteps.show(form.surveySteps.steps.indexOf(step), false);
      target.focus();
    }
  });

  function start() {
    each(document.querySelectorAll("form[data-survey-start]"), prepareStart);
    each(document.querySelectorAll("form[data-survey-steps]"), function (form) {
      if (!form.surveySteps && form.querySelector("[data-step]")) { form.surveySteps = new Steps(form); }
    });
    each(document.querySelectorAll("form[data-survey-step]"), function (form) {
      if (!form.surveyStep) { watchOne(form); }
    });
  }

  document.addEventListener("intake:shown", start);
  start();
})();
