package diagnose

import (
	"testing"

	"netstat"
)

// backlog is a host whose processors have handled and lost packets.
func backlog(processed, dropped, squeezes uint64) *host {
	return &host{measures: []netstat.Measure{
		{Group: netstat.MeasureSoftnet, Name: "processed", Value: processed},
		{Group: netstat.MeasureSoftnet, Name: "dropped", Value: dropped},
		{Group: netstat.MeasureSoftnet, Name: "time_squeeze", Value: squeezes},
	}}
}

func TestSoftnet(t *testing.T) {
	before := backlog(1e6, 7, 100)
	for _, c := range []struct {
		name string
		now  *host
		want []string
	}{
		{"quiet", before, nil},
		{"busy", backlog(2e6, 7, 1000), nil},
		{"out of time", backlog(1e6+10000, 7, 110), []string{"info +softnet.time_squeeze 10 of 0, +softnet.processed 10000"}},
		{"seldom out of time", backlog(1e6+10001, 7, 110), nil},
		{"hardly anything", backlog(1e6+9, 7, 109), nil},
		{"dropped", backlog(2e6, 8, 100), []string{"warning +softnet.dropped 1 of 0"}},
		{"dropped and out of time", backlog(2e6, 9, 101), []string{"warning +softnet.dropped 2 of 0, +softnet.time_squeeze 1 of 0"}},
		{"started again", backlog(5, 0, 0), nil},
	} {
		t.Run(c.name, func(t *testing.T) { wantFindings(t, look(t, "softnet", before, c.now), c.want...) })
	}
	t.Run("absent", func(t *testing.T) { wantCannotLook(t, look(t, "softnet", &host{}, &host{})) })
	t.Run("one moment", func(t *testing.T) { wantCannotLook(t, look(t, "softnet", backlog(0, 1, 1))) })
}
