// Plays a recording in the page once it is clicked, and shows slides once they are unfolded. Until then nothing is asked
// of YouTube, and no file is loaded: a lazy frame would be, where scripts are off or the frame is in sight.
import { made } from "./made.js";
import { ready } from "./ready.js";

const PLAYER = "https://www.youtube-nocookie.com/embed/";

function play(link) {
  const recording = link.closest(".recording");
  const frame = made("iframe", "player");
  frame.title = recording.dataset.title;
  frame.allow = "autoplay; encrypted-media; picture-in-picture";
  frame.allowFullscreen = true;
  // The site's own policy keeps the referrer from everybody; without it the player refuses to play.
  frame.referrerPolicy = "strict-origin-when-cross-origin";
  frame.src = `${PLAYER}${recording.dataset.youtube}?autoplay=1&start=${link.dataset.start ?? 0}`;
  // Another frame each time: a new address in the old one would be a step of the browser's history.
  recording.querySelector(".player, .poster").replaceWith(frame);
  const away = made("a", "", "Open it there");
  away.href = `https://www.youtube.com/watch?v=${recording.dataset.youtube}`;
  recording.querySelector(".asked").replaceChildren("Playing from YouTube. ", away, " if it does not start.");
  frame.focus();
  frame.scrollIntoView({ block: "nearest" }); // it was started from a chapter far below
}

function unfold({ target }) {
  if (!target.open || target.querySelector("iframe")) return;
  const frame = made("iframe", "");
  target.append(frame);
  frame.title = target.dataset.title;
  // The pages alone, as wide as there is room: viewers would open a column of small ones beside them.
  frame.src = `${target.dataset.src}#navpanes=0&pagemode=none&view=FitH`;
}

ready(() => {
  for (const slides of document.querySelectorAll(".here")) {
    slides.hidden = false;
    slides.addEventListener("toggle", unfold);
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".recording[data-youtube] a[data-start]");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    play(link);
  });
});
