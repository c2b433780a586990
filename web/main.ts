document.title = "Marquee";
