package bench

// seed is the seed of every workload.
const seed = 42

// lcg is the one random source of every workload: a 64-bit linear congruential
// generator of which a draw is the upper 31 bits.
type lcg uint64

// draw returns the next number, in 0 .. 2^31-1.
func (g *lcg) draw() int {
	*g = *g*6364136223846793005 + 1442695040888963407
	return int(*g >> 33)
}
