"""What kernels begin with: the type they compute in, and numbers that NVRTC has no names for."""

INFINITE = """
#ifndef INFINITY
#define INFINITY __int_as_float(0x7f800000)
#define NAN __int_as_float(0x7fffffff)
#endif
"""

WIDE = (
    INFINITE
    + """
template <class A> struct Wide { typedef float type; };
template <> struct Wide<double> { typedef double type; };
typedef Wide<T>::type W;
"""
)
"""``W`` is double for a double ``T``, else float."""
