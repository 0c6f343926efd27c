// SPDX-License-Identifier: Apache-2.0

package falcoir

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func nothingToDo(context.Context, Call) (Result, error) { return Result{}, nil }

func post(h http.Handler, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func sign(secret, id string, at int64, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%s.%d.%s", id, at, body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func TestHandlerTakesAlerts(t *testing.T) {
	e := engineOf(t, tickets, nothingToDo, &EngineOptions{MaxQueued: 2})
	h := must(e.Handler(HandlerOptions{Open: true, MaxBytes: 4096}))(t)
	for _, c := range []struct {
		body string
		code int
		says string
	}{
		{string(alertOf(1)), 200, `"status":"accepted"`},
		{string(alertWith("Debug", 1)), 200, `"status":"no_match"`},
		{"{\"broken", 400, `"status":"refused"`},
		{"", 400, "[]"},
		{strings.Repeat("a", 4097), 413, "too large"},
		{string(alertOf(2)) + string(alertOf(3)) + string(alertOf(4)), 503, "full"},
	} {
		w := post(h, c.body)
		if w.Code != c.code || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%.30q: %d %s", c.body, w.Code, w.Body)
		}
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, r); w.Code != 405 || w.Header().Get("Allow") != "POST" {
		t.Error(w.Code)
	}
	if o := finished(t, e); len(o) != 1 || o[0].Status != "succeeded" {
		t.Errorf("%+v", o)
	}
	e.Close()
	if w := post(h, string(alertOf(1))); w.Code != 500 {
		t.Error(w.Code)
	}
}

func TestHandlerKnowsItsSenders(t *testing.T) {
	e := engineOf(t, tickets, nothingToDo, nil)
	if _, err := e.Handler(HandlerOptions{}); !errors.Is(err, ErrInvalid) {
		t.Error(err)
	}
	now := time.Unix(1784020893, 0)
	signed := must(e.Handler(HandlerOptions{Secret: []byte("s3cret"), now: func() time.Time { return now }}))(t)
	body, stamp := string(alertOf(1)), now.Unix()
	good := sign("s3cret", "m1", stamp, body)
	for name, c := range map[string]struct {
		id        string
		at        int64
		signature string
		code      int
	}{
		"right":            {"m1", stamp, good, 200},
		"one of several":   {"m1", stamp, "v1,AAAA v2,x " + good, 200},
		"none":             {"m1", stamp, "", 401},
		"another id":       {"m2", stamp, good, 401},
		"another secret":   {"m1", stamp, sign("other", "m1", stamp, body), 401},
		"another body":     {"m1", stamp, sign("s3cret", "m1", stamp, body+" "), 401},
		"without version":  {"m1", stamp, strings.TrimPrefix(good, "v1,"), 401},
		"old":              {"m1", stamp - 301, sign("s3cret", "m1", stamp-301, body), 401},
		"of the future":    {"m1", stamp + 301, sign("s3cret", "m1", stamp+301, body), 401},
		"another moment":   {"m1", stamp - 1, good, 401},
		"no id":            {"", stamp, sign("s3cret", "", stamp, body), 401},
		"an old one, fine": {"m1", stamp - 299, sign("s3cret", "m1", stamp-299, body), 200},
	} {
		w := post(signed, body, "webhook-id", c.id, "webhook-timestamp", fmt.Sprint(c.at), "webhook-signature", c.signature)
		if w.Code != c.code {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	bearer := must(e.Handler(HandlerOptions{Bearer: "t0ken"}))(t)
	for given, code := range map[string]int{"Bearer t0ken": 200, "Bearer t0ke": 401, "": 401, "Bearer ": 401, "t0ken": 401} {
		if w := post(bearer, body, "Authorization", given); w.Code != code {
			t.Errorf("%q: %d", given, w.Code)
		}
	}
}
