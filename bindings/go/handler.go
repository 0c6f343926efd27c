// SPDX-License-Identifier: Apache-2.0

package falcoir

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// HandlerOptions say who may send alerts, and how many bytes. One of Secret, Bearer and Open must be given.
type HandlerOptions struct {
	Secret   []byte        // Standard Webhooks: HMAC-SHA256 over id, timestamp and body, in webhook-signature
	Bearer   string        // Authorization: Bearer …
	Open     bool          // anybody: the caller has guarded it otherwise
	MaxBytes int64         // of a body; 1 MiB
	MaxSkew  time.Duration // that a signature may be old; 5 min
	now      func() time.Time
}

// Handler takes alerts by HTTP POST, as Falco's http_output, falcosidekick and others send them, and submits them. It answers when
// they are safe: 200 with the receipts, 400 when nothing could be read, 401, 405, 413, and 503 when the queue is full.
func (e *Engine) Handler(o HandlerOptions) (http.Handler, error) {
	if len(o.Secret) == 0 && o.Bearer == "" && !o.Open {
		return nil, &Error{Code: int(ErrInvalid), Message: "a handler wants a Secret, a Bearer, or Open"}
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = 1 << 20
	}
	if o.MaxSkew <= 0 {
		o.MaxSkew = 5 * time.Minute
	}
	if o.now == nil {
		o.now = time.Now
	}
	return &alertHandler{e, o}, nil
}

type alertHandler struct {
	engine *Engine
	o      HandlerOptions
}

func (h *alertHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "alerts are posted", http.StatusMethodNotAllowed)
		return
	}
	if h.o.Bearer != "" && !h.bearer(r) { // before the body is read
		http.Error(w, "who sends this?", http.StatusUnauthorized)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, h.o.MaxBytes))
	if err != nil {
		http.Error(w, "the body is too large, or ended early", http.StatusRequestEntityTooLarge)
		return
	}
	if len(h.o.Secret) != 0 && !h.signed(r, body) {
		http.Error(w, "the signature is missing, old or wrong", http.StatusUnauthorized)
		return
	}
	h.submit(w, body)
}

func (h *alertHandler) submit(w http.ResponseWriter, body []byte) {
	receipts, err := h.engine.Submit(body)
	status := http.StatusOK
	switch {
	case errors.Is(err, ErrAgain):
		w.Header().Set("Retry-After", "1")
		http.Error(w, "the queue is full", http.StatusServiceUnavailable)
		return
	case err != nil:
		http.Error(w, "the alerts were not accepted", http.StatusInternalServerError)
		return
	case !anyRead(receipts):
		status = http.StatusBadRequest
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(receipts)
}

func anyRead(receipts []Receipt) bool {
	for _, r := range receipts {
		if r.Status != "refused" {
			return true
		}
	}
	return false
}

func (h *alertHandler) bearer(r *http.Request) bool {
	return subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+h.o.Bearer)) == 1
}

func (h *alertHandler) signed(r *http.Request, body []byte) bool {
	id, stamp := r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || id == "" {
		return false
	}
	if age := h.o.now().Sub(time.Unix(seconds, 0)); age > h.o.MaxSkew || age < -h.o.MaxSkew {
		return false
	}
	mac := hmac.New(sha256.New, h.o.Secret)
	_, _ = io.WriteString(mac, id+"."+stamp+".")
	_, _ = mac.Write(body)
	wanted := mac.Sum(nil)
	for _, one := range strings.Fields(r.Header.Get("webhook-signature")) {
		if given, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(one, "v1,")); err == nil && hmac.Equal(given, wanted) {
			return strings.HasPrefix(one, "v1,")
		}
	}
	return false
}
