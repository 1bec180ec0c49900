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
	"netstat/schema"
	"netstat/snapshot"
)

// Keep says which rounds stay. The zero value keeps all. The newest snapshot always stays.
type Keep struct {
	Size int64         // the most bytes that all rounds may take on the disk, 0 for no limit
	Age  time.Duration // the greatest age of a round, 0 for no limit
}

// Recorder adds rounds to a directory. Only one at a time can record into a directory.
type Recorder struct {
	dir    string
	keep   Keep
	lock   *os.File
	kept   []entry   // in order
	size   int64     // the room of all of kept
	added  time.Time // that of the last round
	packer packer
}

// entry is a round in the directory and the size of its file.
type entry struct {
	Round
	size int64 // in bytes
	// base is the time of the round that this one needs, zero if none, once it is known.
	base  time.Time
	known bool
}

// block is the unit in which most file systems give room to files.
const block = 4096

// room returns the number of bytes that the file takes on the disk.
func (e *entry) room() int64 { return (e.size + block - 1) / block * block }

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
	r := &Recorder{dir: dir, keep: keep, packer: packer{dir: dir}}
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
		one := entry{Round: round, size: info.Size()}
		r.kept = append(r.kept, one)
		r.size += one.room()
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
	e, err := r.add(Round{Time: at}, func(w io.Writer, round Round) error { return r.packer.pack(w, round, write) })
	if err != nil {
		return err
	}
	if e.known = true; r.packer.against {
		e.base = r.packer.of.Time
	}
	r.packer.added(e.Round, e.size)
	return nil
}

// AddFailed adds a round that failed: a document with the error. m describes the host.
func (r *Recorder) AddFailed(m *snapshot.Meta, cause error) error {
	b := schema.AppendEnvelope(nil, &schema.Envelope{
		Content: Content, Program: m.Program, Time: m.Time, Host: schema.Host{Name: m.Name, System: m.System},
	})
	b = append(schema.AppendError(append(b, `,"error":`...), cause), "}\n"...)
	e, err := r.add(Round{Time: m.Time, Failed: true}, func(w io.Writer, _ Round) error {
		_, err := w.Write(b)
		return err
	})
	if err == nil {
		e.known = true
	}
	return err
}

// add writes a file under a hidden name, makes it durable and gives it its name. The entry
// is valid until the next call.
func (r *Recorder) add(round Round, write func(io.Writer, Round) error) (*entry, error) {
	round.Time = round.Time.UTC().Truncate(time.Millisecond)
	name := filepath.Join(r.dir, round.Name())
	for exists(name) { // the clock was set back, or stands still
		round.Time = round.Time.Add(time.Millisecond)
		name = filepath.Join(r.dir, round.Name())
	}
	hidden := filepath.Join(r.dir, hiddenPrefix+round.Name()+hiddenSuffix)
	size, err := create(hidden, func(w io.Writer) error { return write(w, round) })
	if err == nil {
		err = os.Rename(hidden, name)
	}
	if err != nil {
		_ = os.Remove(hidden)
		return nil, r.concerns(err)
	}
	at, _ := slices.BinarySearchFunc(r.kept, round, func(e entry, round Round) int { return byTime(e.Round, round) })
	r.kept = slices.Insert(r.kept, at, entry{Round: round, size: size})
	r.size += r.kept[at].room()
	r.added = round.Time
	return &r.kept[at], r.concerns(files.SyncDirectory(r.dir))
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
