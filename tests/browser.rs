//! The page in a real browser: no message on its console, no request to the network, nothing wider than a narrow
//! screen, an A4 print. Skipped, and said so, where no Chromium is installed.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

fn chromium() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH")?).collect();
    let names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
    let installed = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    named.into_iter().chain(installed).find(|program| program.is_file())
}

/// What a visit left behind.
struct Visit {
    /// What the page said on its console.
    console: Vec<String>,
    /// Addresses that it asked for.
    requests: Vec<String>,
    stdout: String,
}

/// Opens a page; names do not resolve, so that nothing leaves the machine.
fn visit(browser: &Path, page: &Path, width: u32, more: &[&str]) -> Visit {
    let profile = tempfile::tempdir().unwrap();
    let log = profile.path().join("net.json");
    let (out, err) = (profile.path().join("out"), profile.path().join("err"));
    let mut child = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--hide-scrollbars",
        ])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--enable-logging=stderr", "--host-resolver-rules=MAP * ~NOTFOUND"])
        .arg(format!("--user-data-dir={}", profile.path().join("profile").display()))
        .arg(format!("--log-net-log={}", log.display()))
        .arg(format!("--window-size={width},1200"))
        .args(more)
        .arg(format!("file://{}", page.display()))
        .stdout(std::fs::File::create(&out).unwrap())
        .stderr(std::fs::File::create(&err).unwrap())
        .spawn()
        .unwrap();
    let began = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if began.elapsed() > Duration::from_secs(120) {
            let _ = child.kill();
            panic!("the browser does not come to an end");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let read = |path: &Path| String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned();
    let net = read(&log);
    let requests = net.split("\"url\":\"").skip(1).filter_map(|rest| rest.split('"').next());
    // The browser's own affairs; that the page has no address at all is tested elsewhere.
    let own = ["google.com/", "googleapis.com/", "gvt1.com/"];
    Visit {
        console: read(&err).lines().filter(|line| line.contains("CONSOLE")).map(str::to_string).collect(),
        requests: requests
            .filter(|url| url.starts_with("http") && !own.iter().any(|host| url.contains(host)))
            .map(str::to_string)
            .collect(),
        stdout: read(&out),
    }
}

#[test]
fn the_page_in_a_browser() {
    let Some(browser) = chromium() else {
        eprintln!("skipped: no Chromium in PATH; install one, or name it in CHROMIUM");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs/oracle.toml");
    let ran = Command::new(env!("CARGO_BIN_EXE_roundtrip"))
        .args(["run", scenario.to_str().unwrap(), "--paths", "400", "--quiet", "--out"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let page = folder.path().join("oracle/report.html");

    let picture = folder.path().join("page.png");
    let seen = visit(&browser, &page, 1280, &[&format!("--screenshot={}", picture.display())]);
    assert_eq!((seen.console, seen.requests), (Vec::new(), Vec::new()));
    let png = std::fs::read(&picture).unwrap();
    assert_eq!(u32::from_be_bytes(png[16..20].try_into().unwrap()), 1280);
    // A page that shows nothing compresses to next to nothing.
    assert!(png.len() > 50_000, "{} bytes", png.len());

    let print = folder.path().join("page.pdf");
    let to = format!("--print-to-pdf={}", print.display());
    let seen = visit(&browser, &page, 1280, &[&to, "--no-pdf-header-footer"]);
    assert_eq!((seen.console, seen.requests), (Vec::new(), Vec::new()));
    let pdf = String::from_utf8_lossy(&std::fs::read(&print).unwrap()).into_owned();
    assert!(pdf.starts_with("%PDF"));
    let sheets: Vec<&str> =
        pdf.split("/MediaBox [").skip(1).filter_map(|rest| rest.split(']').next()).collect();
    assert!(!sheets.is_empty());
    for sheet in sheets {
        let numbers: Vec<f64> = sheet.split_whitespace().map(|number| number.parse().unwrap()).collect();
        // 210 × 297 mm in points.
        assert!((numbers[2] - 595.3).abs() < 1.0 && (numbers[3] - 841.9).abs() < 1.0, "{sheet}");
    }

    // With a script of the test's own, which the page's policy would not let run: how wide it is on narrow screens.
    let html = std::fs::read_to_string(&page).unwrap();
    let from = html.find("<meta http-equiv=\"Content-Security-Policy\"").expect("the page has a policy");
    let policy = &html[from..=from + html[from..].find('>').expect("a tag ends")];
    let script =
        "<script>let e=document.documentElement;e.dataset.wide=e.scrollWidth+'/'+e.clientWidth</script>";
    let measured = folder.path().join("measured.html");
    std::fs::write(&measured, html.replace(policy, "").replace("</body>", &format!("{script}</body>")))
        .unwrap();
    for width in [390, 700, 1280] {
        let dom = visit(&browser, &measured, width, &["--dump-dom"]).stdout;
        let said =
            dom.split("data-wide=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("measured");
        let (all, screen) = said.split_once('/').unwrap();
        assert!(all.parse::<u32>().unwrap() <= screen.parse::<u32>().unwrap(), "at {width}: {said}");
    }

    // It can fail: a page that complains and fetches, and the policy that keeps it from both.
    let bad = "<script>console.error('no')</script><img src=\"http://127.0.0.1:9/x.png\">";
    std::fs::write(&measured, format!("<html><body>{bad}</body></html>")).unwrap();
    let seen = visit(&browser, &measured, 400, &["--dump-dom"]);
    assert!(seen.console.len() == 1 && !seen.requests.is_empty(), "{:?} {:?}", seen.console, seen.requests);
    std::fs::write(&measured, html.replace("</body>", &format!("{bad}</body>"))).unwrap();
    let seen = visit(&browser, &measured, 400, &["--dump-dom"]);
    assert!(
        seen.requests.is_empty() && seen.console.iter().any(|line| line.contains("Content Security Policy"))
    );
}
