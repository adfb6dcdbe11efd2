// Times in the visitor's own zone, the group's beside them, and how long it still is: every visitor gets the same page,
// and a kept copy of it may be hours old.
import { made } from "./made.js";
import { asItComes, ready } from "./ready.js";

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

function clockOf(date) {
  return date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}

function dayOf(date) {
  const part = (options) => date.toLocaleDateString("en-GB", options);
  return `${part({ weekday: "long" })}, ${date.getDate()} ${part({ month: "long" })} ${date.getFullYear()}`;
}

// UTC+1, UTC+5:30, UTC−3: as the server writes it.
function offsetOf(date) {
  const minutes = -date.getTimezoneOffset();
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  if (!minutes) return "UTC";
  return `UTC${minutes < 0 ? "−" : "+"}${hours}${rest ? `:${rest}` : ""}`;
}

function isOnTheirClock(time) {
  const [, sign, hours, minutes] = time.dateTime.match(/([+-])(\d\d):(\d\d)$/) ?? [];
  return Number(`${sign}1`) * (hours * 60 + Number(minutes)) === -new Date(time.dateTime).getTimezoneOffset();
}

// In 3 days, tomorrow, in 2 hours: days are those of the visitor's calendar.
function untilStart(start, now) {
  const minutes = Math.ceil((start - now) / MINUTE);
  if (minutes < 60) return RELATIVE.format(minutes, "minute");
  const [today, day] = [now, start].map((date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()));
  if (today === day || minutes < 720) return RELATIVE.format(Math.round(minutes / 60), "hour");
  return RELATIVE.format((day - today) / DAY, "day");
}

// In 3 days, 4 hours: nothing moves while it is read.
function countdown(start, now) {
  const minutes = Math.ceil((start - now) / MINUTE);
  const parts = [[Math.floor(minutes / 1440), "day"], [Math.floor(minutes / 60) % 24, "hour"], [minutes % 60, "minute"]];
  const first = parts.findIndex(([number]) => number);
  const said = parts.slice(first, first + 2).filter(([number]) => number);
  return `in ${said.map(([number, unit]) => `${number} ${unit}${number > 1 ? "s" : ""}`).join(", ")}`;
}

function sinceEnd(end, now) {
  const minutes = Math.floor((now - end) / MINUTE);
  if (minutes >= 1440) return "";
  if (minutes < 1) return "ended just now";
  return `ended ${minutes < 60 ? RELATIVE.format(-minutes, "minute") : RELATIVE.format(-Math.floor(minutes / 60), "hour")}`;
}

// What is the visitor's own is `yours`, which no hand-out has.
function translate(moment, [first, last], start, end) {
  const zone = moment.querySelector(".zone");
  if (isOnTheirClock(first) && isOnTheirClock(last)) {
    zone.lastChild.data = zone.textContent.slice(0, -1);
    zone.append(made("span", "yours", ": your time too"), ")");
    return;
  }
  const [day, lastDay] = [start, end].map(dayOf);
  const isLong = end - start >= DAY;
  const theirs = made("span", "theirs", ...moment.childNodes);
  const yours = made("span", "yours", `${day}, `,
    made("span", isLong ? "" : "times",
      `${clockOf(start)}–${isLong ? `${lastDay}, ` : ""}${clockOf(end)}`, isLong || dayOf(new Date(end - 1)) === day ? "" : " the next day"),
    " ",
    made("span", "zone", `(your time, ${[...new Set([start, end].map(offsetOf))].join(", then ")})`));
  const theirDay = theirs.querySelector(".day");
  if (!isLong && theirDay.textContent === `${day}, `) theirDay.className = "twice";
  moment.append(yours, " ", theirs);
}

function keepCounting(moment, start, end) {
  const section = moment.closest("[data-countdown]");
  const words = made(section ? "p" : "span", "until");
  if (section) moment.parentNode.after(words);
  else moment.append(words);
  return () => {
    const now = new Date();
    const has = { begun: now >= start, ended: now >= end };
    let said = has.begun ? (has.ended ? sinceEnd(end, now) : "now") : (section ? countdown : untilStart)(start, now);
    const heading = section?.querySelector("h2");
    if (heading && has.begun) heading.textContent = has.ended ? "This session is over" : "Happening now";
    if (heading && has.ended) said += `${said && ": "}reload to see what is next`;
    for (const open of section?.querySelectorAll("[data-until-end]") ?? []) open.hidden = has.ended;
    if (section) said = said.charAt(0).toUpperCase() + said.slice(1);
    if (words.textContent !== said) words.textContent = said;
  };
}

const counting = new Map(); // by moment, as long as it is in the page

// Of what has come into the page since, too.
export function tellTime(moment) {
  const times = [...moment.querySelectorAll("time")];
  const [start, end] = times.map((time) => new Date(time.dateTime));
  if (!(start <= end)) return;
  translate(moment, times, start, end);
  if (!("live" in moment.dataset)) return;
  const count = keepCounting(moment, start, end);
  counting.set(moment, count);
  count();
}

asItComes(".moment", tellTime);
ready(() => {
  let timer;
  const tick = () => {
    clearTimeout(timer);
    for (const [moment, count] of counting) moment.isConnected ? count() : counting.delete(moment);
    timer = setTimeout(tick, MINUTE - (Date.now() % MINUTE));
  };
  tick();
  // Timers sleep with the machine, and with a page that is kept for going back.
  document.addEventListener("visibilitychange", tick);
  addEventListener("pageshow", tick);
});
