// Arrays and index counters of elementwise and reduction kernels. One class for all numbers of axes, so that a kernel
// is compiled once for its types.
namespace device {
namespace standin {
enum { AXES = 32 };
struct Array {  // as kernels.py fills it in
  void *data;
  ptrdiff_t size, ndim, contiguous, shape[AXES], strides[AXES];
  const char *name;
};
struct Index {
  ptrdiff_t at[AXES], linear;
  ptrdiff_t operator[](int axis) const { return at[axis]; }
};
}  // namespace standin

class CIndexer {
  ptrdiff_t size_;
  const standin::Array *of_;
  standin::Index index_;

 public:
  const int ndim;
  explicit CIndexer(const void *of)
      : size_(((const standin::Array *)of)->size), of_((const standin::Array *)of), ndim(of_->ndim) {}
  ptrdiff_t size() const { return size_; }
  const standin::Index &get() const { return index_; }
  void set(ptrdiff_t i) {
    index_.linear = i;
    for (ptrdiff_t axis = of_->ndim; axis-- > 0;) {
      index_.at[axis] = i % of_->shape[axis];
      i /= of_->shape[axis];
    }
  }
};

template <class T>
class CArray {
  const standin::Array *of_;
  T *element(ptrdiff_t offset) const { return (T *)((char *)of_->data + offset); }

  T *linear(ptrdiff_t i) const {
    if ((size_t)i >= (size_t)of_->size) {
      static T nowhere;
      standin::fail("%s[%lld] is outside of its %lld elements", of_->name, i, of_->size);
      memset((void *)&nowhere, 0xff, sizeof nowhere);
      return &nowhere;
    }
    if (of_->contiguous) return (T *)of_->data + i;
    ptrdiff_t offset = 0;
    for (ptrdiff_t axis = of_->ndim; axis-- > 0;) {
      offset += i % of_->shape[axis] * of_->strides[axis];
      i /= of_->shape[axis];
    }
    return element(offset);
  }
  template <class At> T *placed(const At &at) const {
    ptrdiff_t offset = 0;
    for (ptrdiff_t axis = 0; axis < of_->ndim; ++axis) {
      if ((size_t)at[axis] >= (size_t)of_->shape[axis]) return linear(-1);
      offset += at[axis] * of_->strides[axis];
    }
    return element(offset);
  }

 public:
  const int ndim;
  explicit CArray(const void *of) : of_((const standin::Array *)of), ndim(of_->ndim) {}
  ptrdiff_t size() const { return of_->size; }
  const ptrdiff_t *shape() const { return of_->shape; }
  const ptrdiff_t *strides() const { return of_->strides; }
  T &operator[](ptrdiff_t i) { return *linear(i); }
  const T &operator[](ptrdiff_t i) const { return *linear(i); }
  T &operator[](const standin::Index &at) { return *(of_->contiguous ? (T *)of_->data + at.linear : placed(at)); }
  const T &operator[](const standin::Index &at) const { return (*const_cast<CArray *>(this))[at]; }
  template <class Int, int N> T &operator[](const Int (&at)[N]) { return *placed(at); }
  template <class Int, int N> const T &operator[](const Int (&at)[N]) const { return *placed(at); }
};
}  // namespace device
