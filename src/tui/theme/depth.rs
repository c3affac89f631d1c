//! Colours in figures on terminals that do not have them all: the nearest of those that they have.

use ratatui::style::Color;

use crate::config::Depth;

/// The steps of the colour cube, as every terminal with 256 colours has it.
const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The sixteen colours, roughly as most terminals show them.
const SIXTEEN: [(Color, [u8; 3]); 16] = [
    (Color::Black, [0, 0, 0]),
    (Color::Red, [205, 0, 0]),
    (Color::Green, [0, 205, 0]),
    (Color::Yellow, [205, 205, 0]),
    (Color::Blue, [0, 0, 238]),
    (Color::Magenta, [205, 0, 205]),
    (Color::Cyan, [0, 205, 205]),
    (Color::Gray, [229, 229, 229]),
    (Color::DarkGray, [127, 127, 127]),
    (Color::LightRed, [255, 0, 0]),
    (Color::LightGreen, [0, 255, 0]),
    (Color::LightYellow, [255, 255, 0]),
    (Color::LightBlue, [92, 92, 255]),
    (Color::LightMagenta, [255, 0, 255]),
    (Color::LightCyan, [0, 255, 255]),
    (Color::White, [255, 255, 255]),
];

/// A colour that a terminal can show.
pub(super) fn fitted(color: Color, depth: Depth) -> Color {
    let Color::Rgb(r, g, b) = color else { return color };
    let wanted = [r, g, b];
    match depth {
        Depth::True => color,
        Depth::Indexed => indexed(wanted),
        Depth::Sixteen => {
            let near = SIXTEEN.into_iter().min_by_key(|(_, there)| distance(*there, wanted));
            near.map_or(Color::Reset, |(color, _)| color)
        }
    }
}

fn distance(one: [u8; 3], other: [u8; 3]) -> u32 {
    one.into_iter().zip(other).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
}

/// The nearest of the cube and the greys.
fn indexed(wanted: [u8; 3]) -> Color {
    let step = |value: u8| {
        (0..6_u8).min_by_key(|n| STEPS.get(usize::from(*n)).map_or(255, |step| step.abs_diff(value)))
    };
    let [r, g, b] = wanted.map(|value| step(value).unwrap_or(0));
    let cube = [r, g, b].map(|n| STEPS.get(usize::from(n)).copied().unwrap_or(0));
    let mean = wanted.into_iter().map(u32::from).sum::<u32>() / 3;
    let grey = u8::try_from(mean.saturating_sub(3) / 10).unwrap_or(0).min(23);
    let shade = 8 + 10 * grey;
    if distance([shade; 3], wanted) < distance(cube, wanted) {
        return Color::Indexed(232 + grey);
    }
    Color::Indexed(16 + 36 * r + 6 * g + b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_colour_is_found() {
        let check = |rgb: (u8, u8, u8), depth, expected| {
            assert_eq!(fitted(Color::Rgb(rgb.0, rgb.1, rgb.2), depth), expected, "{rgb:?}");
        };
        check((1, 2, 3), Depth::True, Color::Rgb(1, 2, 3));
        check((255, 0, 0), Depth::Indexed, Color::Indexed(196));
        check((95, 135, 175), Depth::Indexed, Color::Indexed(67));
        check((0x80, 0x80, 0x80), Depth::Indexed, Color::Indexed(244));
        check((255, 255, 255), Depth::Indexed, Color::Indexed(231));
        check((250, 10, 10), Depth::Sixteen, Color::LightRed);
        assert_eq!(fitted(Color::Cyan, Depth::Sixteen), Color::Cyan);
    }
}
