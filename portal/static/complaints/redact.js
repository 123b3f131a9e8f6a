/* Drawing boxes over a photo. The numbers in the form are what is sent; the picture shows them. */
(function () {
  "use strict";

  var stage = document.querySelector("[data-redact]");
  var rows = Array.prototype.slice.call(document.querySelectorAll("[data-redact-box]"));
  if (!stage || !window.PointerEvent) { return; }
  var help = document.querySelector("[data-redact-help]");
  help.hidden = false;
  var start = null;
  var active = null;

  function input(row, side) { return row.querySelector("[data-side=" + side + "]"); }
  function value(row, side) { return parseFloat(input(row, side).value); }
  function isEmpty(row) { return !(value(row, "width") > 0 && value(row, "height") > 0); }

  function draw() {
    Array.prototype.forEach.call(stage.querySelectorAll(".redact__box"), function (old) {
      stage.removeChild(old);
    });
    var empty = 0;
    rows.forEach(function (row) {
      row.querySelector("[data-redact-clear]").hidden = isEmpty(row);
      if (isEmpty(row)) {
        /* One empty row for the keyboard is enough. */
        empty += 1;
        row.hidden = empty > 1;
        return;
      }
      row.hidden = false;
      var box = document.createElement("div");
      box.className = "redact__box";
      ["left", "top", "width", "height"].forEach(function (side) {
        box.style[side] = value(row, side) + "%";
      });
      stage.appendChild(box);
    });
  }

  function point(event) {
    var edge = stage.getBoundingClientRect();
    function share(at, from, size) { return Math.min(100, Math.max(0, (at - from) / size * 100)); }
    return {
      x: share(event.clientX, edge.left, edge.width),
      y: share(event.clientY, edge.top, edge.height)
    };
  }

  function fill(row, from, to) {
    input(row, "left").value = Math.min(from.x, to.x).toFixed(1);
    input(row, "top").value = Math.min(from.y, to.y).toFixed(1);
    input(row, "width").value = Math.abs(to.x - from.x).toFixed(1);
    input(row, "height").value = Math.abs(to.y - from.y).toFixed(1);
  }

  function clear(row) {
    ["left", "top", "width", "height"].forEach(function (side) { input(row, side).value = ""; });
  }

  stage.addEventListener("pointerdown", function (event) {
    active = rows.filter(isEmpty)[0] || null;
    if (!active) { return; }
    event.preventDefault();
    stage.setPointerCapture(event.pointerId);
    start = point(event);
  });
  stage.addEventListener("pointermove", function (event) {
    if (start && active) { fill(active, start, point(event)); draw(); }
  });
  stage.addEventListener("pointerup", function (event) {
    if (!start || !active) { return; }
    fill(active, start, point(event));
    /* A tap is no box. */
    if (value(active, "width") < 0.5 || value(active, "height") < 0.5) { clear(active); }
    start = null;
    draw();
  });
  stage.addEventListener("pointercancel", function () {
    if (active) { clear(active); }
    start = null;
    draw();
  });
  rows.forEach(function (row) {
    row.addEventListener("input", draw);
    row.querySelector("[data-redact-clear]").addEventListener("click", function () {
      clear(row);
      draw();
      input(row, "left").focus();
    });
  });
  draw();
}());
