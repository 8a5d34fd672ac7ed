// Opens the live page of a stream in Chromium, and fails if it does not come to life:
//   node --experimental-websocket dev/page/check.mjs http://127.0.0.1:9464/ [screenshot.png]
// CHROMIUM names the browser, `chromium` otherwise.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [url, screenshot] = process.argv.slice(2);
const profile = mkdtempSync(join(tmpdir(), "tokafka-page-"));
const flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0"];
const browser = spawn(process.env.CHROMIUM ?? "chromium", [...flags, `--user-data-dir=${profile}`, "about:blank"],
  { stdio: ["ignore", "ignore", "pipe"] });

/** Where the browser is to be spoken to. */
function debuggerPort() {
  return new Promise((found, failed) => {
    let said = "";
    browser.stderr.on("data", text => {
      said += text;
      const address = /DevTools listening on (ws:\S+)/.exec(said);
      if (address) found(new URL(address[1]).port);
    });
    browser.on("error", failed);
    browser.on("exit", () => failed(new Error(`the browser did not start: ${said}`)));
  });
}

async function open() {
  const pages = await (await fetch(`http://127.0.0.1:${await debuggerPort()}/json`)).json();
  const socket = new WebSocket(pages.find(page => page.type === "page").webSocketDebuggerUrl);
  await new Promise((opened, failed) => { socket.onopen = opened; socket.onerror = failed; });
  const answers = new Map(), complaints = [];
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.id) answers.get(message.id)(message.result);
    else if (/exceptionThrown|entryAdded|consoleAPICalled/.test(message.method)) complaints.push(JSON.stringify(message.params));
  };
  const call = (method, params = {}) => new Promise(answered => {
    answers.set(answers.size + 1, answered);
    socket.send(JSON.stringify({ id: answers.size, method, params }));
  });
  return { call, complaints };
}

async function check() {
  const { call, complaints } = await open();
  for (const domain of ["Runtime", "Log", "Page"]) await call(`${domain}.enable`);
  const seen = async expression => (await call("Runtime.evaluate", { expression, returnByValue: true })).result.value;
  for (const width of [1000, 400]) {
    await call("Emulation.setDeviceMetricsOverride", { width, height: 900, deviceScaleFactor: 1, mobile: false });
    await call("Page.navigate", { url });
    const until = Date.now() + 20_000;
    const alive = `/^[\\d,]+ \\/s$/.test(document.getElementById("in")?.textContent)`;
    while (!await seen(alive)) {
      if (Date.now() > until) throw new Error(`no rates are shown: ${await seen("document.body.innerText")}`);
      await new Promise(soon => setTimeout(soon, 100));
    }
    if (await seen("document.documentElement.scrollWidth > innerWidth")) throw new Error(`the page is wider than ${width}`);
    if (screenshot && width === 1000) {
      writeFileSync(screenshot, Buffer.from((await call("Page.captureScreenshot")).data, "base64"));
    }
  }
  if (complaints.length) throw new Error(complaints.join("\n"));
  console.log(await seen("document.title"));
}

try {
  await check();
} finally {
  browser.removeAllListeners("exit");
  const ended = new Promise(done => browser.on("exit", done));
  browser.kill();
  await ended;
  rmSync(profile, { recursive: true, force: true });
  process.exitCode ??= 0;
}
process.exit();
