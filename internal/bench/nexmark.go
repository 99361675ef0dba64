package bench

import "strconv"

// nexmarkStreams has the schemas of Nexmark. The events are shaped like
// Nexmark's; they are not those of its official generator.
const nexmarkStreams = "define stream Person (id long, name string, emailAddress string, creditCard string," +
	" city string, state string, dateTime long, extra string);\n" +
	"define stream Auction (id long, itemName string, description string, initialBid long, reserve long," +
	" dateTime long, expires long, seller long, category long, extra string);\n" +
	"define stream Bid (auction long, bidder long, price long, channel string, url string, dateTime long, extra string);\n"

func nexmarkWorkloads() []Workload {
	all := []Workload{
		{
			Name: "NX1", What: "Nexmark 1: projection",
			App: "from Bid select auction, bidder, 0.908 * price as price, dateTime, extra insert into Out;",
		},
		{
			Name: "NX2", What: "Nexmark 2: filter",
			App: "from Bid[auction % 123 == 0] select auction, price insert into Out;",
		},
		{
			Name: "NX3", What: "Nexmark 3: stream-table join",
			App: "@PrimaryKey('id') define table P (id long, name string, city string, state string);\n" +
				"from Person[state == 'OR' or state == 'ID' or state == 'CA'] select id, name, city, state insert into P;\n" +
				"from Auction[category == 10] as A join P on A.seller == P.id" +
				" select P.name as name, P.city as city, P.state as state, A.id as id insert into Out;",
		},
		{
			Name: "NX4", What: "Nexmark 4: join, running maximum, update or insert",
			EndQuery: "from MX select category, avg(final) as af group by category",
			App: "@PrimaryKey('id') define table AU (id long, category long, dateTime long, expires long);\n" +
				"@PrimaryKey('id') define table MX (id long, category long, final long);\n" +
				"from Auction select id, category, dateTime, expires insert into AU;\n" +
				"from Bid as B join AU on B.auction == AU.id select AU.id as id, AU.category as category," +
				" B.price as price, B.dateTime as bt, AU.dateTime as st, AU.expires as et insert into J;\n" +
				"from J[bt >= st and bt <= et] select id, category, max(price) as final group by id insert into M;\n" +
				"from M update or insert into MX set MX.final = final on MX.id == id;",
		},
		{
			Name: "NX5", What: "Nexmark 5: hot items of 2 s panes",
			App: "from Bid#window.externalTimeBatch(dateTime, 2 sec) select auction, count() as num, max(dateTime) as pt" +
				" group by auction insert into Pane;\n" +
				"from Pane#window.externalTime(pt, 9 sec) select auction, sum(num) as num, pt group by auction insert into Cnt;\n" +
				"from Cnt#window.externalTimeBatch(pt, 2 sec) select auction, num order by num desc limit 1 insert into Out;",
		},
		{
			Name: "NX7", What: "Nexmark 7: highest bid of 10 s",
			App: "from Bid#window.externalTimeBatch(dateTime, 10 sec) select auction, price, bidder, dateTime, extra" +
				" order by price desc limit 1 insert into Out;",
		},
		{
			Name: "NX8", What: "Nexmark 8: join of 10 s tumbling windows",
			App: "from Person#window.externalTimeBatch(dateTime, 10 sec) as P" +
				" join Auction#window.externalTimeBatch(dateTime, 10 sec) as A on P.id == A.seller" +
				" select P.id as id, P.name as name, A.id as auction insert into Out;",
		},
	}
	for i := range all {
		all[i].App = nexmarkStreams + all[i].App
		all[i].generate = nexmarkInput
	}
	return all
}

// nexmarkWants returns what the named workload must give.
func nexmarkWants(name string) Want {
	switch name {
	case "NX1":
		return same(920_000, 0x1210b3c830a284bd)
	case "NX2":
		return same(7_014, 0xcd2764827486a40c)
	case "NX3":
		return reordered(6_087, 0x620d40696d9c2529, 2_268, 0x8bc72735316701dc)
	case "NX4":
		return reordered(5, 0x3d4d881e36af941f, 5, 0xf82698c6d8eeab39)
	case "NX5":
		return same(48, 0xb17488be358fb3f5)
	case "NX7":
		return same(9, 0x7d61e977e3b8e591)
	case "NX8":
		return reordered(52_813, 0xf19c10bef1c11e23, 54_000, 0x64eee218e236b500)
	}
	return Want{}
}

// The streams of nexmarkInput, as indexes of Input.Streams.
const (
	nexmarkPerson = iota
	nexmarkAuction
	nexmarkBid
)

// nexmarkInput makes n events, 10 a millisecond. Of each 50 the first is a
// person, the next three are auctions, the rest are bids.
func nexmarkInput(n int) *Input {
	cities := []string{
		"Phoenix", "Los Angeles", "San Francisco", "Boise", "Portland", "Bend", "Redmond", "Seattle", "Kent", "Cheyenne",
	}
	states := []string{"AZ", "CA", "ID", "OR", "WA", "WY"}
	var people personColumns
	var auctions auctionColumns
	var bids bidColumns
	order := make([]uint8, n)
	g := lcg(seed)
	for i := range n {
		epoch, off := i/50, i%50
		time := startMillis + int64(i/10)
		switch {
		case off == 0:
			order[i] = nexmarkPerson
			number := strconv.Itoa(g.draw() % 1000)
			city := cities[g.draw()%len(cities)]
			state := states[g.draw()%len(states)]
			people.add(int64(1000+epoch), number, city, state, time)
		case off < 4:
			order[i] = nexmarkAuction
			seller := 1000 + max(0, epoch-g.draw()%100)
			category := 10 + g.draw()%5
			initial := g.draw() % 1000
			expires := time + 1000 + int64(g.draw()%9000)
			auctions.add(int64(1000+epoch*3+off-1), int64(initial), time, expires, int64(seller), int64(category))
		default:
			order[i] = nexmarkBid
			last := 1000 + epoch*3 + 2
			auction := last / 100 * 100
			if g.draw()%2 != 0 {
				auction = last - g.draw()%100
			}
			bidder := 1000 + max(0, epoch-g.draw()%1000)
			// The sum is one of 32-bit integers in the reference and may wrap.
			price := int64(int32(100 + uint32(g.draw())))
			bids.add(int64(max(auction, 1000)), int64(bidder), price, time)
		}
	}
	return &Input{Streams: []Columns{people.columns(), auctions.columns(), bids.columns()}, Order: order}
}

type personColumns struct {
	id, times                 []int64
	name, email, city, states []string
}

func (p *personColumns) add(id int64, number, city, state string, time int64) {
	p.id = append(p.id, id)
	p.name = append(p.name, "person"+number)
	p.email = append(p.email, "p"+number+"@example.com")
	p.city = append(p.city, city)
	p.states = append(p.states, state)
	p.times = append(p.times, time)
}

func (p *personColumns) columns() Columns {
	n := len(p.times)
	return Columns{Stream: "Person", Times: p.times, Cols: []Column{
		longColumn("id", p.id), stringColumn("name", p.name), stringColumn("emailAddress", p.email),
		stringColumn("creditCard", repeat("1234 5678 9012 3456", n)), stringColumn("city", p.city),
		stringColumn("state", p.states), longColumn("dateTime", p.times), stringColumn("extra", repeat("x", n)),
	}}
}

type auctionColumns struct {
	id, initial, reserve, times, expires, seller, category []int64
}

func (a *auctionColumns) add(id, initial, time, expires, seller, category int64) {
	a.id = append(a.id, id)
	a.initial = append(a.initial, initial)
	a.reserve = append(a.reserve, initial*2)
	a.times = append(a.times, time)
	a.expires = append(a.expires, expires)
	a.seller = append(a.seller, seller)
	a.category = append(a.category, category)
}

func (a *auctionColumns) columns() Columns {
	n := len(a.times)
	return Columns{Stream: "Auction", Times: a.times, Cols: []Column{
		longColumn("id", a.id), stringColumn("itemName", repeat("item", n)), stringColumn("description", repeat("description", n)),
		longColumn("initialBid", a.initial), longColumn("reserve", a.reserve), longColumn("dateTime", a.times),
		longColumn("expires", a.expires), longColumn("seller", a.seller), longColumn("category", a.category),
		stringColumn("extra", repeat("x", n)),
	}}
}

type bidColumns struct {
	auction, bidder, price, times []int64
}

func (b *bidColumns) add(auction, bidder, price, time int64) {
	b.auction = append(b.auction, auction)
	b.bidder = append(b.bidder, bidder)
	b.price = append(b.price, price)
	b.times = append(b.times, time)
}

func (b *bidColumns) columns() Columns {
	n := len(b.times)
	return Columns{Stream: "Bid", Times: b.times, Cols: []Column{
		longColumn("auction", b.auction), longColumn("bidder", b.bidder), longColumn("price", b.price),
		stringColumn("channel", repeat("Google", n)), stringColumn("url", repeat("https://www.nexmark.com/item", n)),
		longColumn("dateTime", b.times), stringColumn("extra", repeat("x", n)),
	}}
}

func repeat(v string, n int) []string {
	s := make([]string, n)
	for i := range s {
		s[i] = v
	}
	return s
}
