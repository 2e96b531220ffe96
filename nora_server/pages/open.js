"use strict";

// The page of a shared link or of a URL call. Nothing is asked of the server before
// somebody logs in; the token lives in this variable only, and ends with the page.
let token = null;

const root = new URL(document.documentElement.dataset.base, location.href);
const target = readTarget();

function readTarget() {
  // what stands behind '#' never reaches the server, nor a log on the way
  const query = new URLSearchParams(location.search);
  new URLSearchParams(location.hash.slice(1)).forEach((value, key) => {
    query.set(key, value);
  });
  const link = location.pathname.match(/\/l\/([^/]+)$/);
  if (link) {
    return readLink(link[1], query.get("version"));
  }
  if (!query.has("call") && !query.has("project")) {
    return { kind: "home" };
  }
  return readCall(query);
}

// The address is copied into a terminal: nothing but a link's own parts goes there.
function readLink(id, version) {
  const isLink = /^[A-Za-z0-9_-]{32}$/.test(id);
  return {
    kind: "link",
    id,
    version: /^[1-9][0-9]{0,2}$/.test(version) ? version : null,
    problem: isLink
      ? ""
      : "This address leads to no shared view; such a one ends with 32 letters.",
  };
}

// Take user and token out of the address at once: history and screen never show them.
function readCall(query) {
  let call = {};
  let problem = "";
  try {
    call = JSON.parse(query.get("call") || "{}");
    if (call === null || typeof call !== "object" || Array.isArray(call)) {
      throw new SyntaxError("no object");
    }
  } catch {
    call = {};
    problem =
      'The call in this address cannot be read; it looks like call={"pid":"..."}, ' +
      "percent-encoded where it holds & or #.";
  }
  const { user, token: given, ...rest } = call;
  const clean = new URLSearchParams();
  if (query.get("project")) {
    clean.set("project", query.get("project"));
  }
  if (Object.keys(rest).length) {
    clean.set("call", JSON.stringify(rest));
  }
  history.replaceState(null, "", `${location.pathname}?${clean}`);
  if (!problem && !query.get("project")) {
    problem = "This address names no project; add project=... to it.";
  }
  return {
    kind: "call",
    project: query.get("project"),
    call: rest,
    user: user === undefined ? null : String(user),
    given: given ? String(given) : null,
    problem,
  };
}

function addressToOpen() {
  if (target.kind === "home") {
    return root.href.replace(/\/$/, "");
  }
  if (target.kind === "link") {
    const version = target.version ? `?version=${target.version}` : "";
    return new URL(`l/${target.id}${version}`, root).href;
  }
  const address = new URL(location.href);
  address.hash = "";
  return address.href;
}

function noraAddress(ticket) {
  const query = new URLSearchParams({ url: addressToOpen() });
  if (ticket) {
    query.set("ticket", ticket);
  }
  return `nora://open?${query}`;
}

function element(id) {
  return document.getElementById(id);
}

function show(id, isShown = true) {
  element(id).hidden = !isShown;
}

function tell(id, text) {
  element(id).textContent = text;
  show(id, Boolean(text));
}

async function ask(path, { method = "GET", body } = {}) {
  const headers = {};
  if (token) {
    headers.Authorization = `Bearer ${token}`;
  }
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
  }
  let answer;
  try {
    answer = await fetch(new URL(`api/v1/${path}`, root), {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
      credentials: "omit",
      referrerPolicy: "no-referrer",
      redirect: "error",
    });
  } catch {
    throw new Error("The server does not answer; try again in a minute.");
  }
  if (!answer.ok) {
    throw new Error(await reasonOf(answer));
  }
  return answer;
}

async function reasonOf(answer) {
  try {
    const reason = (await answer.json()).message;
    return reason.charAt(0).toUpperCase() + reason.slice(1) + ".";
  } catch {
    return `The server answered with status ${answer.status}.`;
  }
}

function begin() {
  if (target.kind === "home") {
    document.title = "NORA";
    tell("title", "A NORA server");
    tell("about", "Projects, images and results of a lab. It is used from napari:");
    show("open-line", false);
    show("help", false);
    tell("command-label", "In a terminal:");
  } else if (target.kind === "call") {
    document.title = "Case · NORA";
    tell("title", "A case in NORA");
    tell("about", "Another program has called up a case. It opens in napari.");
  }
  if (target.problem) {
    tell("problem", target.problem);
    return;
  }
  const words = target.kind === "home" ? "--url" : "open";
  element("command").textContent = `napari-nora ${words} ${quoted(addressToOpen())}`;
  element("open").href = noraAddress(null);
  show("start");
  show("log-in", target.kind !== "home");
  if (target.user) {
    element("name").value = target.user;
  }
  if (target.given) {
    useGivenToken();
  }
}

// In double quotes, which the shells of all systems know; an address is ASCII.
function quoted(text) {
  const safe = text.replace(
    /[^\w.:/%@+,=&?[\]-]/g,
    (sign) => "%" + sign.charCodeAt(0).toString(16),
  );
  return /^[\w.:/%@+,-]+$/.test(safe) ? safe : `"${safe}"`;
}

async function useGivenToken() {
  token = target.given;
  target.given = null;
  try {
    const me = await (await ask("me")).json();
    if (target.user && me.name !== target.user) {
      throw new Error("User and token of this address do not belong together.");
    }
    await showDetails(me.name);
  } catch (error) {
    token = null;
    tell("log-in-problem", error.message);
  }
}

async function logIn(event) {
  event.preventDefault();
  const button = event.submitter || element("form").querySelector("button");
  const name = element("name").value;
  tell("log-in-problem", "");
  button.disabled = true;
  try {
    const body = { name, password: element("password").value };
    token = (await (await ask("login", { method: "POST", body })).json()).secret;
    element("password").value = "";
    await showDetails(name);
  } catch (error) {
    tell("log-in-problem", error.message);
  }
  button.disabled = false;
}

async function showDetails(name) {
  const facts = target.kind === "link" ? await showLink() : await showCall();
  const list = element("facts");
  list.replaceChildren();
  for (const [term, text] of facts) {
    if (text) {
      const dt = document.createElement("dt");
      const dd = document.createElement("dd");
      dt.textContent = term;
      dd.textContent = text;
      list.append(dt, dd);
    }
  }
  tell("user", name);
  show("log-in", false);
  show("details");
  element("details-title").focus();
}

async function showLink() {
  const id = encodeURIComponent(target.id);
  const version = target.version ? `?version=${encodeURIComponent(target.version)}` : "";
  const link = await (await ask(`links/${id}${version}`)).json();
  tell("comment", link.info.comment);
  showImages(link);
  if (link.info.has_preview) {
    const picture = await (await ask(`links/${id}/preview${version}`)).blob();
    element("preview").src = URL.createObjectURL(picture);
    show("picture");
  }
  const moment = new Date(link.info.changed_at);
  return [
    ["Project", link.info.project],
    ["Shared by", link.info.changed_by],
    ["Date", moment.toLocaleString([], { dateStyle: "long", timeStyle: "short" })],
    ["Version", link.info.version > 1 ? String(link.info.version) : ""],
  ];
}

const NOTES = {
  present: "",
  replaced: " (saved anew since then)",
  gone: " (not there any more)",
};

function showImages(link) {
  const lines = link.scene.layers.map((layer, index) => {
    const now = link.layers[index];
    const line = document.createElement("li");
    line.className = now.state;
    line.textContent = nameOf(layer, now) + NOTES[now.state];
    return line;
  });
  element("images").replaceChildren(...lines);
  show("image-part", lines.length > 0);
}

function nameOf(layer, now) {
  if (layer.attachment) {
    return `${layer.name || layer.attachment} (travels with the link)`;
  }
  const count = layer.files.file_ids.length;
  const name = now.files.length ? now.files[0].relative_name : layer.files.relative_name;
  return count > 1 ? `${name} and ${count - 1} more` : name;
}

async function showCall() {
  const project = encodeURIComponent(target.project);
  const body = target.call;
  const found = await (
    await ask(`projects/${project}/call`, { method: "POST", body })
  ).json();
  const study = found.study || found.studies[0];
  tell("comment", found.notices.join(" "));
  return [
    ["Project", found.project],
    ["Patient", study ? study.patients_id : ""],
    ["Study", found.study ? found.study.studies_id : ""],
    ["Date", found.study && found.study.date ? found.study.date : ""],
    ["Preset", found.preset ? found.preset.name : ""],
  ];
}

// napari gets a ticket, which works once and for a minute, never the token itself.
async function openInNapari(event) {
  tell("opening", "napari is asked to open it. If nothing happens, copy the command.");
  if (!token) {
    return;
  }
  event.preventDefault();
  try {
    const issued = await (await ask("tickets", { method: "POST" })).json();
    location.href = noraAddress(issued.ticket);
  } catch (error) {
    tell("opening", error.message);
  }
}

async function copyCommand() {
  const code = element("command");
  try {
    await navigator.clipboard.writeText(code.textContent);
    element("copy").textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(code);
    element("copy").textContent = "Selected";
  }
}

element("form").addEventListener("submit", logIn);
element("open").addEventListener("click", openInNapari);
element("copy").addEventListener("click", copyCommand);
begin();
