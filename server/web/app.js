// The monitor's page: connects, keeps what it is told, and draws it. No build step, no library; what
// comes from the broker is only ever shown as text.

const ticketPath = "api/v1/ticket";
const livePath = "api/v1/live";
const tokenKey = "penstock-token";
const pageSize = 100;
const staleAfterMs = 5000;
const deadAfterMs = 10000;
const retryMinMs = 500;
const retryMaxMs = 15000;

// Label, the column to sort by, and what is shown of a row.
const columns = [
  { label: "Name", sort: "name", text: (row) => row.name },
  { label: "State", sort: "state", text: (row) => stateWord(row), mark: stateMark },
  { label: "Depth / max", sort: "depth", text: (row) => `${count(row.depth)} / ${row.max === null ? "∞" : count(row.max)}` },
  { label: "Oldest", sort: "oldest", text: (row) => (row.oldest === null ? "" : age(row.oldest)) },
  { label: "In/s", sort: "in", text: (row) => rate(row.rates.in) },
  { label: "Out/s", sort: "out", text: (row) => rate(row.rates.out) },
  { label: "Producers (blocked)", sort: "prod", text: (row) => pair(row.prod, row.blocked), mark: (row) => (row.blocked ? "warn" : "") },
  { label: "Consumers (waiting)", sort: "cons", text: (row) => pair(row.cons, row.waiting) },
  { label: "Bytes", sort: "bytes", text: (row) => bytes(row.bytes) },
];

const tiles = [
  ["Queues", (tot) => count(tot.queues)],
  ["Pipes", (tot) => count(tot.pipes)],
  ["Connections", (tot) => count(tot.connections)],
  ["In", (tot) => `${rate(tot.rates.in)}/s`],
  ["Out", (tot) => `${rate(tot.rates.out)}/s`],
  ["Items", (tot) => count(tot.depth)],
  ["Memory", (tot) => `${bytes(tot.memory)} of ${bytes(tot.memory_max)}`],
  ["Descriptors", (tot) => `${count(tot.fds)} of ${count(tot.fds_max)}`],
];

const stateWords = { full: "FULL", paused: "PAUSED", shut_down: "shut down", ended: "ended", empty: "empty", ready: "ready" };

const view = { sort: "name", filter: "", offset: 0 };
const known = { boot: "", ver: 0, now: 0, tot: null, attention: [], rows: new Map(), order: [], total: 0, cols: [], away: "" };
let socket = null;
let heardAt = 0;
let heardNow = 0;
let retryMs = retryMinMs;
let retryTimer = 0;
let reconnecting = false;

const element = (id) => document.getElementById(id);

// --- Words and numbers --------------------------------------------------------------------------

function count(value) {
  return value.toLocaleString("en");
}

function rate(value) {
  if (value === null) return "–";
  return value >= 100 || value === 0 ? count(Math.round(value)) : value.toFixed(1);
}

function pair(all, some) {
  return some ? `${count(all)} (${count(some)})` : count(all);
}

function bytes(value) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

// The broker's clock, which is not ours.
function brokerNow() {
  return heardNow + (performance.now() - heardAt);
}

function age(moment) {
  const seconds = Math.max(0, Math.round((brokerNow() - moment) / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86400)} d ${Math.floor((seconds % 86400) / 3600)} h`;
}

function stateWord(row) {
  return stateWords[row.state] ?? row.state;
}

function stateMark(row) {
  if (row.state === "full") return row.blocked ? "bad" : "warn";
  if (row.state === "paused") return "warn";
  return row.state === "ready" ? "" : "faint";
}

// --- What is known ------------------------------------------------------------------------------

// Totals are cumulative: two of them and the time between give a rate, whatever came in between.
function withRates(next, before, now) {
  const rates = { in: null, out: null };
  const seconds = before ? (now - before.at) / 1000 : 0;
  for (const name of Object.keys(rates)) {
    if (seconds > 0) rates[name] = Math.max(0, (next[name] - before[name]) / seconds);
  }
  return { ...next, rates, at: now };
}

function takeRow(values) {
  const row = Object.fromEntries(known.cols.map((name, i) => [name, values[i]]));
  known.rows.set(row.id, withRates(row, known.rows.get(row.id), known.now));
}

function takeView(part) {
  if (part.cols) {
    const before = known.rows;
    known.cols = part.cols;
    known.rows = new Map();
    for (const values of part.rows) {
      const old = before.get(values[0]);
      if (old) known.rows.set(values[0], old);
      takeRow(values);
    }
    known.order = part.rows.map((values) => values[0]);
  }
  if (part.total !== undefined) known.total = part.total;
  for (const values of part.up ?? []) takeRow(values);
  for (const id of part.del ?? []) known.rows.delete(id);
  if (part.order) known.order = part.order;
}

// A row that is not told of has not changed: nothing went in or out.
function settleRates(told) {
  for (const [id, row] of known.rows) {
    if (!told.has(id)) known.rows.set(id, withRates(row, row, known.now));
  }
}

function takeState(message) {
  if (message.t === "snap") {
    known.boot = message.boot;
    known.tot = null;
    known.rows = new Map();
  }
  known.now = message.now;
  if (message.tot || known.tot) known.tot = withRates(message.tot ?? known.tot, known.tot, message.now);
  if (message.attention) known.attention = message.attention;
  const part = message.views?.q;
  if (part) takeView(part);
  const told = (part?.up ?? part?.rows ?? []).map((values) => values[0]);
  if (message.t === "delta") settleRates(new Set(told));
  known.ver = message.ver;
  send({ t: "ack", ver: message.ver });
}

// --- The connection -----------------------------------------------------------------------------

function send(message) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

function wantedView() {
  return { id: "q", kind: "queues", sort: view.sort, filter: view.filter, offset: view.offset, limit: pageSize };
}

function changeView(change) {
  Object.assign(view, change);
  send({ t: "view", ...wantedView() });
}

function token() {
  const match = /^#t=([0-9A-Za-z]+)$/.exec(location.hash);
  if (match) {
    sessionStorage.setItem(tokenKey, match[1]);
    history.replaceState(null, "", location.pathname);
  }
  return sessionStorage.getItem(tokenKey);
}

async function newTicket() {
  const secret = token();
  if (!secret) throw new Error("This page needs the URL with its token: `penstock monitor` prints it.");
  const answer = await fetch(ticketPath, { method: "POST", headers: { Authorization: `Bearer ${secret}` } });
  if (answer.status === 401) {
    throw new Error("The token is not (or no longer) the monitor's: open the URL that `penstock monitor` prints.");
  }
  if (!answer.ok) return null;
  return (await answer.json()).ticket;
}

async function connect() {
  clearTimeout(retryTimer);
  reconnecting = false;
  let ticket = null;
  try {
    ticket = await newTicket();
  } catch (error) {
    if (!(error instanceof TypeError)) return notice(error.message); // TypeError: nobody answered
  }
  if (!ticket) return reconnect();
  const url = new URL(livePath, location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  socket = new WebSocket(url, ["mon.v1", ticket]);
  socket.onopen = () => {
    const resume = known.ver ? { boot: known.boot, since: known.ver } : {};
    send({ t: "hello", proto: 1, tick_ms: document.hidden ? 10000 : 1000, views: [wantedView()], ...resume });
  };
  const mine = socket;
  socket.onmessage = (event) => mine === socket && receive(JSON.parse(event.data));
  socket.onclose = () => mine === socket && reconnect();
}

function reconnect(afterMs = retryMs) {
  if (reconnecting) return;
  reconnecting = true;
  const old = socket;
  socket = null;
  old?.close();
  retryTimer = setTimeout(connect, afterMs * (0.75 + Math.random() / 2));
  retryMs = Math.min(2 * retryMs, retryMaxMs);
  draw();
}

const handlers = {
  welcome: (message) => {
    retryMs = retryMinMs;
    notice("");
    element("role").textContent = `role: ${message.role}`;
    element("server").textContent = `${message.server.name} ${message.server.broker}`;
  },
  snap: takeState,
  delta: takeState,
  tick: (message) => {
    known.now = message.now;
    known.ver = message.ver;
    settleRates(new Set());
    if (known.tot) known.tot = withRates(known.tot, known.tot, message.now);
  },
  gone: () => {
    known.rows = new Map();
    known.ver = 0;
    say("The broker was started anew, or this page was away for too long: everything is loaded again.");
  },
  bye: (message) => {
    notice(`The monitor has closed this page's connection: ${message.why}.`);
    reconnect(message.retry_ms);
  },
};

function receive(message) {
  heardAt = performance.now();
  if (message.now) heardNow = message.now;
  if (message.t !== "welcome") known.away = message.away ?? (message.t === "tick" ? "" : known.away);
  handlers[message.t]?.(message);
  draw();
}

// --- Drawing ------------------------------------------------------------------------------------

function notice(text) {
  element("notice").textContent = text;
  element("notice").hidden = text === "";
}

let saidAt = -Infinity;
function say(text) {
  if (performance.now() - saidAt < 10000) return;
  saidAt = performance.now();
  element("news").textContent = text;
}

function make(name, text, className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function drawLink() {
  const quietMs = performance.now() - heardAt;
  const badge = element("link");
  const show = (text, className) => {
    if (badge.textContent !== text) badge.textContent = text;
    badge.className = `badge ${className}`;
  };
  if (!socket) return show("reconnecting", "lost");
  if (!heardAt) return show("connecting", "waiting");
  if (known.away) return show(`broker away: ${known.away}`, "lost");
  if (quietMs > staleAfterMs) return show(`stale for ${Math.round(quietMs / 1000)} s`, "lost");
  show("live", "live");
}

function drawAttention() {
  const list = element("attention");
  const lines = known.attention.map((line) => {
    const item = make("li", line.text, line.lvl);
    item.append(" ", make("time", `since ${age(line.since)}`));
    return item;
  });
  if (!lines.length && known.ver) lines.push(make("li", "Nothing needs attention."));
  if (lines.length) list.replaceChildren(...lines);
}

function drawTiles() {
  if (!known.tot) return;
  element("tiles").replaceChildren(
    ...tiles.map(([label, text]) => {
      const tile = document.createElement("div");
      tile.append(make("dt", label), make("dd", text(known.tot)));
      return tile;
    }),
  );
}

function drawRows() {
  const rows = known.order.map((id) => known.rows.get(id)).filter(Boolean);
  element("rows").replaceChildren(
    ...rows.map((row) => {
      const line = document.createElement("tr");
      line.append(...columns.map((column) => make("td", column.text(row), column.mark?.(row) ?? "")));
      return line;
    }),
  );
  const first = rows.length ? view.offset + 1 : 0;
  element("shown").textContent = `${count(first)} to ${count(view.offset + rows.length)} of ${count(known.total)}`;
  element("before").disabled = view.offset === 0;
  element("after").disabled = view.offset + rows.length >= known.total;
}

function drawHeads() {
  element("heads").replaceChildren(
    ...columns.map((column) => {
      const head = document.createElement("th");
      head.scope = "col";
      const button = make("button", column.label);
      button.type = "button";
      const sorted = view.sort.replace("-", "") === column.sort;
      if (sorted) head.ariaSort = view.sort.startsWith("-") ? "descending" : "ascending";
      button.onclick = () => {
        changeView({ sort: view.sort === `-${column.sort}` ? column.sort : `-${column.sort}`, offset: 0 });
        drawHeads();
        element("heads").children[columns.indexOf(column)].firstChild.focus();
      };
      head.append(button);
      return head;
    }),
  );
}

function draw() {
  drawLink();
  drawAttention();
  drawTiles();
  drawRows();
}

// --- Begin --------------------------------------------------------------------------------------

let filterTimer = 0;
element("filter").oninput = (event) => {
  clearTimeout(filterTimer);
  filterTimer = setTimeout(() => changeView({ filter: event.target.value, offset: 0 }), 200);
};
element("before").onclick = () => changeView({ offset: Math.max(0, view.offset - pageSize) });
element("after").onclick = () => changeView({ offset: view.offset + pageSize });
document.addEventListener("visibilitychange", () => send({ t: "pace", tick_ms: document.hidden ? 10000 : 1000 }));
window.addEventListener("hashchange", () => location.hash.startsWith("#t=") && reconnect(0));

// A connection that is cut on the way stays open here, and is silent.
setInterval(() => {
  if (socket && heardAt && performance.now() - heardAt > deadAfterMs) reconnect(retryMinMs);
  drawLink();
}, 1000);

drawHeads();
connect();
