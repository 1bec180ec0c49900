package record

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"netstat/internal/files"
	"netstat/internal/zstd"
	"netstat/schema"
	"netstat/snapshot"
)

// Keep says which rounds stay. The zero value keeps all. The newest snapshot always stays.
type Keep struct {
	Size int64         // the most bytes that all rounds may have, 0 for no limit
	Age  time.Duration // the greatest age of a round, 0 for no limit
}

// Recorder adds rounds to a directory. Only one at a time can record into a directory.
type Recorder struct {
	dir  string
	keep Keep
	lock *os.File
	kept []entry // in order
	size int64   // of all of kept
	// packed compresses each round with the same memory.
	packed *zstd.Writer
}

// entry is a round in the directory and the size of its file.
type entry struct {
	Round
	size int64
}

// Open opens a directory to record into, which it creates if there is none, for its owner
// only. It removes what an earlier Recorder left unfinished. The error says so if another
// Recorder has the directory open.
func Open(dir string, keep Keep) (*Recorder, error) {
	err := os.Mkdir(dir, 0o700)
	switch {
	case err == nil:
		if err := files.SyncDirectory(filepath.Dir(filepath.Clean(dir))); err != nil {
			return nil, err
		}
	case !errors.Is(err, fs.ErrExist):
		return nil, err
	}
	r := &Recorder{dir: dir, keep: keep}
	if r.lock, err = files.Lock(filepath.Join(dir, lockName)); err != nil {
		if errors.Is(err, files.ErrLocked) {
			err = errors.New(dir + ": another netstat is recording into this directory")
		}
		return nil, err
	}
	if err := r.list(); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// Close lets others record into the directory.
func (r *Recorder) Close() { _ = r.lock.Close() }

// list lists the rounds and removes unfinished ones.
func (r *Recorder) list() error {
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.Type().IsRegular() {
			continue
		}
		if isHidden(e.Name()) {
			if err := os.Remove(filepath.Join(r.dir, e.Name())); err != nil {
				return err
			}
			continue
		}
		round, ok := parseName(e.Name())
		if !ok {
			continue
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		r.kept = append(r.kept, entry{round, info.Size()})
		r.size += info.Size()
	}
	slices.SortStableFunc(r.kept, func(a, b entry) int { return byTime(a.Round, b.Round) })
	return nil
}

// Newest returns the time of the newest round, or the zero time if there is none.
func (r *Recorder) Newest() time.Time {
	if len(r.kept) == 0 {
		return time.Time{}
	}
	return r.kept[len(r.kept)-1].Time
}

// Add adds a round with the snapshot that write writes. After an error nothing of the
// round remains. The error is that of write, or names the directory.
func (r *Recorder) Add(at time.Time, write func(io.Writer) error) error {
	return r.add(Round{Time: at}, func(w io.Writer) error {
		if r.packed == nil {
			r.packed = zstd.NewWriter(w)
		}
		r.packed.Reset(w)
		if err := write(r.packed); err != nil {
			return err
		}
		return r.packed.Close()
	})
}

// AddFailed adds a round that failed: a document with the error. m describes the host.
func (r *Recorder) AddFailed(m *snapshot.Meta, cause error) error {
	b := schema.AppendEnvelope(nil, &schema.Envelope{
		Content: Content, Program: m.Program, Time: m.Time, Host: schema.Host{Name: m.Name, System: m.System},
	})
	b = append(schema.AppendError(append(b, `,"error":`...), cause), "}\n"...)
	return r.add(Round{Time: m.Time, Failed: true}, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
}

// add writes a file under a hidden name, makes it durable and gives it its name.
func (r *Recorder) add(round Round, write func(io.Writer) error) error {
	round.Time = round.Time.UTC().Truncate(time.Millisecond)
	name := filepath.Join(r.dir, round.Name())
	for exists(name) { // the clock was set back, or stands still
		round.Time = round.Time.Add(time.Millisecond)
		name = filepath.Join(r.dir, round.Name())
	}
	hidden := filepath.Join(r.dir, hiddenPrefix+round.Name()+hiddenSuffix)
	size, err := create(hidden, write)
	if err == nil {
		err = os.Rename(hidden, name)
	}
	if err != nil {
		_ = os.Remove(hidden)
		return r.concerns(err)
	}
	at, _ := slices.BinarySearchFunc(r.kept, round, func(e entry, round Round) int { return byTime(e.Round, round) })
	r.kept = slices.Insert(r.kept, at, entry{round, size})
	r.size += size
	return r.concerns(files.SyncDirectory(r.dir))
}

func exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

// create creates a durable file and returns its size.
func create(name string, write func(io.Writer) error) (size int64, err error) {
	f, err := files.Create(name)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriterSize(f, 64<<10)
	if err := write(w); err != nil {
		return 0, err
	}
	if err := w.Flush(); err != nil {
		return 0, err
	}
	if size, err = f.Seek(0, io.SeekCurrent); err != nil {
		return 0, err
	}
	return size, f.Sync()
}

// concerns makes an error about a file one about the directory, so that the same cause has
// the same text in each round.
func (r *Recorder) concerns(err error) error {
	var file *fs.PathError
	if errors.As(err, &file) && filepath.Dir(file.Path) == filepath.Clean(r.dir) {
		return &fs.PathError{Op: file.Op, Path: r.dir, Err: file.Err}
	}
	var link *os.LinkError
	if errors.As(err, &link) {
		return &fs.PathError{Op: link.Op, Path: r.dir, Err: link.Err}
	}
	return err
}

// Prune removes the oldest rounds that are not to be kept. It removes no other files, and
// not the newest snapshot.
func (r *Recorder) Prune(now time.Time) error {
	newest := len(r.kept) - 1
	for newest >= 0 && r.kept[newest].Failed {
		newest--
	}
	var err error
	kept := r.kept[:0]
	for i, e := range r.kept {
		old := r.keep.Age > 0 && now.Sub(e.Time) > r.keep.Age
		much := r.keep.Size > 0 && r.size > r.keep.Size
		if err == nil && i != newest && (old || much) {
			if err = r.remove(e.Name()); err == nil {
				r.size -= e.size
				continue
			}
		}
		kept = append(kept, e)
	}
	r.kept = kept
	return r.concerns(err)
}

// remove removes a file of a round, unless something else has its name by now.
func (r *Recorder) remove(name string) error {
	name = filepath.Join(r.dir, name)
	info, err := os.Lstat(name)
	if err == nil && info.Mode().IsRegular() {
		err = os.Remove(name)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
