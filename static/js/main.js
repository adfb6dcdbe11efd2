// All that runs on public pages, which work without it too. Loaded before the first paint: what has to be known by
// then (the theme) is set at once, everything else waits for the document.
import "./theme.js";
import "./time.js";
import "./player.js";
import "./progress-file.js";
import "./search.js";
