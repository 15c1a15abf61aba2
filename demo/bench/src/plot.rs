//! The plots, in SVG. Ratios as horizontal bars: for each case of a group a bar
//! for each peer, from 1 to its median, and a line from its first quartile to
//! its third. And curves for many eggs.
//!
//! Scales are logarithmic: twice and half are equally long. The colours are
//! those of Okabe and Ito, which colour-blind people can tell apart.

use std::fmt::Write;

use crate::group::{Group, fastest};
use crate::growth::{self, Grown};
use crate::many::measure::{COUNTS, Fried, Took};
use crate::many::techniques::TECHNIQUES;
use crate::rounds::Ratio;

const COLOURS: [&str; 7] = [
    "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442",
];

const LEFT: f64 = 270.0; // where the names of the cases end
const RIGHT: f64 = 900.0;
const WIDTH: f64 = 970.0;
const BAR: f64 = 15.0;
const GAP: f64 = 14.0;

/// The plot of a group.
#[must_use]
pub fn ratios(group: &Group<'_>) -> String {
    let peers = group.peers();
    let scale = Scale::of(group, &peers);
    let mut top = 58.0 + 22.0 * peers.len().div_ceil(4) as f64;
    let begin = top;
    let mut bars = String::new();
    for line in &group.lines {
        let ratios = peers.iter().zip(COLOURS);
        let ratios = ratios
            .filter_map(|(peer, colour)| Some((fastest(peer, line)?, colour)));
        let ratios: Vec<_> = ratios.collect();
        let height = ratios.len() as f64 * BAR;
        let middle = top + height / 2.0 + 5.0;
        bars += &label(LEFT - 10.0, middle, "end", line.name);
        for (ratio, colour) in ratios {
            bars += &scale.bar(top, ratio, colour);
            top += BAR;
        }
        top += GAP;
    }
    let frame = scale.lines(begin - GAP / 2.0, top);
    svg(top + 30.0, &(legend(group.name, &peers) + &frame + &bars))
}

/// A picture on white, whatever the page.
fn svg(height: f64, content: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} \
        {height}\" width=\"{WIDTH}\" height=\"{height}\" \
        font-family=\"sans-serif\" font-size=\"14\">\n\
        <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
        {content}</svg>\n"
    )
}

fn legend(group: &str, peers: &[&str]) -> String {
    let title = format!("{group}: how often as long as ours it takes");
    let mut text = label(20.0, 26.0, "start", &title);
    text += &label(RIGHT, 26.0, "end", "we are faster →");
    for (place, (peer, colour)) in peers.iter().zip(COLOURS).enumerate() {
        let x = 20.0 + 235.0 * (place % 4) as f64;
        let y = 40.0 + 22.0 * (place / 4) as f64;
        let _ = writeln!(
            text,
            "<rect x=\"{x}\" y=\"{y}\" width=\"14\" height=\"14\" \
            fill=\"{colour}\"/>"
        );
        text += &label(x + 20.0, y + 12.0, "start", peer);
    }
    text
}

fn label(x: f64, y: f64, anchor: &str, text: &str) -> String {
    format!(
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}\
        </text>\n"
    )
}

fn stroke(from: (f64, f64), to: (f64, f64), colour: &str) -> String {
    let ((x1, y1), (x2, y2)) = (from, to);
    format!(
        "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" \
        y2=\"{y2:.1}\" stroke=\"{colour}\"/>\n"
    )
}

/// Where a ratio stands.
struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    /// One on which everything has its place, and 1 as well.
    fn of(group: &Group<'_>, peers: &[&str]) -> Scale {
        let mut scale = Scale { low: 0.5, high: 2.0 };
        for line in &group.lines {
            for ratio in peers.iter().filter_map(|peer| fastest(peer, line)) {
                scale.low = scale.low.min(ratio.low / 1.1);
                scale.high = scale.high.max(ratio.high * 1.1);
            }
        }
        scale
    }

    fn place(&self, ratio: f64) -> f64 {
        let part = (ratio / self.low).ln() / (self.high / self.low).ln();
        LEFT + part * (RIGHT - LEFT)
    }

    /// The bar, its spread, and its figure.
    fn bar(&self, top: f64, ratio: Ratio, colour: &str) -> String {
        let [one, low, median, high] =
            [1.0, ratio.low, ratio.median, ratio.high].map(|it| self.place(it));
        let (from, to) = (one.min(median), one.max(median));
        let (width, height) = (to - from, BAR - 2.0);
        let mut text = format!(
            "<rect x=\"{from:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" \
            height=\"{height:.1}\" fill=\"{colour}\"/>\n"
        );
        let middle = top + height / 2.0;
        text += &stroke((low, middle), (high, middle), "black");
        let figure = format!("{:.2}", ratio.median);
        let beside = to.max(high).max(one) + 6.0;
        text + &label(beside, top + 12.0, "start", &figure)
    }

    /// The line at 1, and thin ones beside it.
    fn lines(&self, top: f64, bottom: f64) -> String {
        let mut text = String::new();
        let ticks = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0];
        let ticks = ticks.into_iter().chain([10.0, 20.0, 50.0, 100.0, 200.0]);
        for tick in ticks.filter(|it| (self.low..=self.high).contains(it)) {
            let x = self.place(tick);
            text += &stroke((x, top), (x, bottom), "#cccccc");
            text += &label(x, bottom + 20.0, "middle", &format!("{tick} x"));
        }
        let one = self.place(1.0);
        text += &stroke((one, top), (one, bottom), "black");
        text
    }
}

const PANEL: f64 = 240.0;

/// Two plots side by side: bytes of a task and of a connection, by how many.
#[must_use]
pub fn growth(grown: &[Grown]) -> String {
    let runtimes = growth::runtimes();
    let mut text = String::new();
    for (place, runtime) in runtimes.iter().enumerate() {
        let x = 40.0 + 180.0 * place as f64;
        text += &disc(x, 24.0, COLOURS[place]);
        text += &label(x + 12.0, 29.0, "start", runtime);
    }
    for (place, kind) in growth::KINDS.iter().enumerate() {
        let left = 80.0 + 470.0 * place as f64;
        let of_kind = grown.iter().filter(|it| it.kind == *kind);
        let panel = GrowthPanel { left, high: above(of_kind) };
        text += &panel.frame(&format!("bytes of a {kind}"), kind);
        for (runtime, colour) in runtimes.iter().zip(COLOURS) {
            let own = grown
                .iter()
                .filter(|it| it.kind == *kind && it.runtime == *runtime);
            text += &panel.curve(own, colour);
        }
    }
    svg(PANEL + 140.0, &text)
}

/// The first of 100, 200, 400, ... above all of them.
fn above<'a>(grown: impl Iterator<Item = &'a Grown>) -> f64 {
    let bytes = grown.filter_map(|it| it.bytes.as_ref().ok().copied());
    let most = bytes.fold(0.0, f64::max);
    let mut high = 100.0;
    while high < most {
        high *= 2.0;
    }
    high
}

/// One of the two; the number on a logarithmic scale.
struct GrowthPanel {
    left: f64,
    high: f64,
}

impl GrowthPanel {
    const TOP: f64 = 80.0;
    const BREADTH: f64 = 360.0;

    fn x(&self, count: usize) -> f64 {
        let part = ((count as f64).log10() - 3.0) / 3.0;
        self.left + GrowthPanel::BREADTH * part
    }

    fn y(&self, bytes: f64) -> f64 {
        GrowthPanel::TOP + PANEL * (1.0 - bytes / self.high)
    }

    fn frame(&self, name: &str, kind: &str) -> String {
        let (top, bottom) = (GrowthPanel::TOP, GrowthPanel::TOP + PANEL);
        let mut text = label(self.left, top - 14.0, "start", name);
        for count in growth::COUNTS {
            let x = self.x(count);
            text += &stroke((x, top), (x, bottom), "#cccccc");
            text += &label(x, bottom + 20.0, "middle", &count.to_string());
        }
        for part in 0..=4 {
            let bytes = self.high * f64::from(part) / 4.0;
            let (y, right) = (self.y(bytes), self.x(1_000_000));
            text += &stroke((self.left, y), (right, y), "#cccccc");
            text += &label(self.left - 6.0, y + 5.0, "end", &bytes.to_string());
        }
        let middle = self.left + GrowthPanel::BREADTH / 2.0;
        text + &label(middle, bottom + 42.0, "middle", &format!("{kind}s"))
    }

    fn curve<'a>(
        &self,
        grown: impl Iterator<Item = &'a Grown>,
        colour: &str,
    ) -> String {
        let points = grown.filter_map(|it| {
            let bytes = *it.bytes.as_ref().ok()?;
            Some((self.x(it.count), self.y(bytes)))
        });
        let points: Vec<_> = points.collect();
        let mut text = String::new();
        for pair in points.windows(2) {
            text += &stroke(pair[0], pair[1], colour);
        }
        for (x, y) in points {
            text += &disc(x, y, colour);
        }
        text
    }
}

/// Three plots side by side: time, memory and processor, by number of eggs.
/// Both scales are logarithmic.
#[must_use]
pub fn eggs(eggs: &[Fried]) -> String {
    let mut text = String::new();
    for (place, (technique, _)) in TECHNIQUES.iter().enumerate() {
        let x = 40.0 + 180.0 * place as f64;
        text += &disc(x, 24.0, COLOURS[place]);
        text += &label(x + 12.0, 29.0, "start", technique);
    }
    let panels: [(&str, f64, f64, Figure); 3] = [
        ("seconds", 0.1, 100.0, |took| took.seconds),
        ("MiB at most", 1.0, 1000.0, |took| took.mebibytes),
        ("s of processor", 0.01, 10.0, |took| took.processor),
    ];
    for (place, (name, low, high, figure)) in panels.into_iter().enumerate() {
        let panel = Panel { left: 60.0 + 310.0 * place as f64, low, high };
        text += &panel.frame(name);
        text += &panel.curves(eggs, figure);
    }
    svg(PANEL + 140.0, &text)
}

type Figure = fn(&Took) -> f64;

/// One of the three.
struct Panel {
    left: f64,
    low: f64,
    high: f64,
}

impl Panel {
    const TOP: f64 = 80.0;

    fn x(&self, count: usize) -> f64 {
        self.left + PANEL * ((count as f64).log10() - 1.0) / 3.0
    }

    /// What is too little to be seen stands at the bottom.
    fn y(&self, figure: f64) -> f64 {
        let part = (figure.max(self.low) / self.low).ln();
        Panel::TOP + PANEL * (1.0 - part / (self.high / self.low).ln())
    }

    fn frame(&self, name: &str) -> String {
        let mut text = label(self.left, Panel::TOP - 14.0, "start", name);
        let bottom = Panel::TOP + PANEL;
        for count in COUNTS {
            let x = self.x(count);
            text += &stroke((x, Panel::TOP), (x, bottom), "#cccccc");
            let eggs = count.to_string();
            text += &label(x, bottom + 20.0, "middle", &eggs);
        }
        let mut tick = self.low;
        while tick < self.high * 1.5 {
            let (y, right) = (self.y(tick), self.left + PANEL);
            text += &stroke((self.left, y), (right, y), "#cccccc");
            let number = format!("{}", (tick * 100.0).round() / 100.0);
            text += &label(self.left - 6.0, y + 5.0, "end", &number);
            tick *= 10.0;
        }
        let middle = self.left + PANEL / 2.0;
        text + &label(middle, bottom + 42.0, "middle", "eggs")
    }

    fn curves(&self, eggs: &[Fried], figure: Figure) -> String {
        let mut text = String::new();
        for ((technique, _), colour) in TECHNIQUES.iter().zip(COLOURS) {
            let own = eggs.iter().filter(|it| it.technique == *technique);
            let points = own.filter_map(|it| {
                let took = it.took.as_ref().ok()?;
                Some((self.x(it.count), self.y(figure(took))))
            });
            let points: Vec<_> = points.collect();
            for pair in points.windows(2) {
                text += &stroke(pair[0], pair[1], colour);
            }
            for (x, y) in points {
                text += &disc(x, y, colour);
            }
        }
        text
    }
}

fn disc(x: f64, y: f64, colour: &str) -> String {
    format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\" fill=\"{colour}\"/>\n")
}
