# SPDX-License-Identifier: GPL-2.0-only
# The picture of Documentation/performance.md, for scripts/proving/cost: on stdout, from the
# files of its folder, which is in the variable of that name.
set terminal svg size 640,400 font 'sans-serif,13' background 'white'
set datafile separator '\t'
set logscale xy
set xlabel 'number of areas'
set ylabel 'instructions'
set key top left
set grid
plot folder.'/replaced-mainline' with linespoints lc rgb '#888888' title 'EXE\_FILE, mainline', \
	folder.'/replaced-off' with linespoints lc rgb '#0060a0' dt 2 title 'EXE\_FILE, series', \
	folder.'/start-mainline' with linespoints lc rgb '#cc9966' title 'ARG\_START, mainline', \
	folder.'/start-off' with linespoints lc rgb '#c03000' dt 2 title 'ARG\_START, series'
