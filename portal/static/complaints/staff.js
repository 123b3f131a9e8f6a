// The receipt of a complaint that was taken down: printed for the person who came.
document.addEventListener("click", function (event) {
  if (event.target.closest("[data-print]")) {
    window.print();
  }
});
