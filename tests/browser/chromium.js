// How headless Chromium is started, for every test that needs it.

/** The browser's own services stay off, and no name but loopback's own is looked up. */
const ARGUMENTS = [
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-gpu",
  "--disable-quic",
  "--disable-sync",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
  "--no-first-run",
  "--no-proxy-server",
];

/** Debian's Chromium, started by Playwright's `chromium`; as root it runs without a sandbox, and the pages are all our own. */
export function launchChromium(chromium) {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ARGUMENTS });
}
