package maths

import (
	"math"
	"math/big"
)

// halfPiText is a quarter of a turn to 400 digits: the largest double has 308
// before the point, and some 32 have to be right behind those that cancel.
const halfPiText = "1.57079632679489661923132169163975144209858469968755291048747229615390820314310449931401741267105853" +
	"3991074043256641153323546922304775291115862679704064240558725142051350969260552779822311474477465190" +
	"9822144054878329667230642378241168933915826356009545728242834617301743052271633241066968036301245706" +
	"3686229350330315779408744076046048141462704585768218394629518000566526527441023326069207347597075580" +
	"47"

// withinTurn takes the whole quarters of a turn, which it counts modulo 4, from
// an angle of any size. Angles of more than maxAngle are rare; only they come here.
func withinTurn(x float64) (rest double2, quarters int64) {
	const bits = 1300
	quarter, _, err := big.ParseFloat(halfPiText, 10, bits, big.ToNearestEven)
	if err != nil {
		return double2{math.NaN(), 0}, 0
	}
	angle := new(big.Float).SetPrec(bits).SetFloat64(x)
	turns := new(big.Float).SetPrec(bits).Quo(angle, quarter)
	whole, _ := turns.Add(turns, big.NewFloat(math.Copysign(0.5, x))).Int(nil)
	left := angle.Sub(angle, quarter.Mul(quarter, new(big.Float).SetPrec(bits).SetInt(whole)))
	rest.hi, _ = left.Float64()
	rest.lo, _ = left.Sub(left, big.NewFloat(rest.hi)).Float64()
	return rest, new(big.Int).And(whole, big.NewInt(3)).Int64()
}
