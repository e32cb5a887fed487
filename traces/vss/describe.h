// One description, many readers: an interface is an ordinary C++ class plus one line per method that names its parameters.
// Everything else (types, direction, ownership, slot) is read from the declarations. This header turns the classes into
// run-time tables; recorder, replayer, printer and diff are plain loops over them.
//
// Depends on the standard library alone. Installed for programs that compile against libvssapi.so.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "guid.h"

// The calling convention of every interface method and exported function: Windows' own, also on Linux x86-64.
#if defined(_WIN32)
#define VSS_CALL __stdcall
#elif defined(__x86_64__)
#define VSS_CALL __attribute__((ms_abi))
#else
#define VSS_CALL
#endif

namespace vss {

using HRESULT = std::int32_t;

// ---- The words: parameter types that say direction and ownership. Each is one pointer wide, so the ABI is unchanged. ----

struct Hresult {                            // printed by name
  using Raw = HRESULT;
  HRESULT value;
  Hresult(HRESULT v) : value(v) {}
};
struct CoString { using Raw = char16_t*; };  // text that the caller frees with CoTaskMemFree
struct Bstr {                               // as an input: stays the caller's. As Out<Bstr>: the caller frees it with SysFreeString
  using Raw = char16_t*;
  char16_t* text;
  Bstr(char16_t* t) : text(t) {}
};
struct Wstr {                               // text of the caller, ending in NUL, not changed; null allowed where the page says so
  const char16_t* text;
  Wstr(const char16_t* t) : text(t) {}
};
template <class T> struct Fresh;            // Out<Fresh<Guid>>: a new value each run; diff and drive rename such ids
template <class T> struct Held { using Raw = T*; };  // Out<Held<S>>: a structure that the callee made; given back as its page says

namespace detail {
template <class T> struct RawOf { using type = T; };
template <class T> requires requires { typename T::Raw; } struct RawOf<T> { using type = typename T::Raw; };
template <class T> struct RawOf<Fresh<T>> : RawOf<T> {};
template <class T> using Raw = typename RawOf<T>::type;

template <class T> struct Pointer {
  Raw<T>* at;
  Pointer(Raw<T>* p) : at(p) {}
};
}  // namespace detail

template <class T> struct Out : detail::Pointer<T> { using detail::Pointer<T>::Pointer; };          // filled on success; the caller owns the value
template <class T> struct OutAlways : detail::Pointer<T> { using detail::Pointer<T>::Pointer; };    // filled even on failure
template <class T> struct OutOptional : detail::Pointer<T> { using detail::Pointer<T>::Pointer; };  // may be null
template <class T> struct InStructure : detail::Pointer<T> { using detail::Pointer<T>::Pointer; };           // a structure of the caller's
template <class T, unsigned CountParam> struct InArray {                                     // as many as parameter CountParam says (from 0)
  const T* at;
  InArray(const T* p) : at(p) {}
};
// Room for as many as parameter CapacityParam says; what parameter FilledParam points to says how many the callee has filled.
template <class T, unsigned CapacityParam, unsigned FilledParam> struct OutArray : detail::Pointer<T> { using detail::Pointer<T>::Pointer; };

// ---- The run-time tables. ----

enum class Kind : std::uint8_t { i32, u32, i64, boolean, hresult, enumeration, guid, bstr, wstr, coString, object, structure, bytes };
enum class Role : std::uint8_t { in, inArray, out, outAlways, outOptional, outArray };
enum class Returns : std::uint8_t { hresult, count, nothing };  // count: AddRef and Release

struct FieldInfo {                      // a field of a structure
  std::string_view name;
  Kind kind;
  std::string_view type;
  std::size_t offset;                   // bytes from the structure's start
  std::int32_t when = 0;                // of a union: there only if the structure's first field has this value; 0: always there
  std::size_t countOffset = 0;          // Kind::bytes: where the structure has their number, 32 bits
};
struct ParamInfo {
  std::string_view name;
  Kind kind;
  Role role;
  bool fresh;                           // a new value each run
  bool byReference;                     // an input passed as a pointer (REFIID)
  bool indirect;                        // a structure by pointer to pointer: Out<Held<S>>; or the caller's: InStructure<S>
  std::uint8_t countParam;              // Role::inArray: the parameter that holds the count; Role::outArray: the capacity
  std::uint8_t filledParam;             // Role::outArray: the output that says how many are filled
  std::string_view type;                // enumeration, interface or structure by name; otherwise empty
  std::span<const FieldInfo> fields;    // Kind::structure
  std::size_t size;                     // bytes of the value itself, or of what an output pointer points to; of one element of an array
  std::size_t structureSize;            // Kind::structure: bytes of the structure, wherever it lies
  bool isInput() const { return role == Role::in || role == Role::inArray; }
  bool isStructure() const { return !fields.empty() && role != Role::outArray; }
  // The values that a trace holds for it: one for each field of a structure; of an array one, and behind all others its elements.
  std::size_t values() const { return isStructure() ? fields.size() : 1; }
};
struct MethodInfo {
  std::string_view interface_;          // the interface that declares it; empty for an exported function
  std::string_view name;
  std::uint16_t slot;                   // in the vtable, IUnknown included; kNoSlot for an exported function
  std::span<const ParamInfo> params;
  Returns returns;
  // Calls slot `slot` of a foreign object (or, without slot, the function itself) with the arguments whose addresses are
  // in args. Knows nothing of RTTI; the object may come from any compiler. 0 where nothing is returned.
  HRESULT (*invoke)(void* object, void* const* args);
  bool isUnknown() const { return interface_ == "IUnknown"; }
};
inline constexpr std::uint16_t kNoSlot = 0xFFFF;

struct InterfaceInfo {
  std::string_view name;
  Guid iid;                             // all zero where none is published
  const InterfaceInfo* base;            // nullptr for IUnknown
  std::span<const MethodInfo* const> methods;  // by slot, inherited ones included
  void* const* vtable;                  // every slot leads to Object::handler
  // IVssWriterComponentsExt has IUnknown as its second base: its objects have a second vtable pointer, with IUnknown's three slots, behind
  // the first. nullptr: no such thing, the slots 0 to 2 are IUnknown's.
  void* const* unknownVtable;
  // Where an object of this interface, or of one derived from it, has the vtable pointer with IUnknown's slots.
  void* unknownOf(void* object) const { return static_cast<char*>(object) + (unknownVtable ? sizeof(void*) : 0); }
};

// Whoever answers: the recorder, the replayer, a fault injector. handle() gets the addresses of the arguments, returns what
// the method returns. Nothing of our own is ever thrown from it, for a requester called it; what a callee throws passes through.
struct Object;
struct Handler {
  virtual HRESULT handle(const MethodInfo& method, Object& self, void* const* args) = 0;

 protected:
  ~Handler() = default;
};

// The value in a caller's memory, which may lie at any address.
template <class T> T load(const void* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}
// What a requester holds: looks like any COM object from outside, first member the vtable.
struct Object {
  void* const* vtable;
  void* const* unknownVtable;           // see InterfaceInfo
  Handler* handler;
  void* real;                           // the object it stands in front of, if any
  Object(const InterfaceInfo& described, Handler* handler, void* real)
      : vtable(described.vtable), unknownVtable(described.unknownVtable), handler(handler), real(real) {}
};

// ---- From classes to tables. ----

namespace detail {

template <class T> constexpr std::string_view typeName() {
  std::string_view s = __PRETTY_FUNCTION__;
  s = s.substr(s.find("T = ") + 4);
  s = s.substr(0, s.find_first_of(";]"));
  if (s.substr(0, 5) == "vss::") s = s.substr(5);
  return s;
}
template <auto P> constexpr std::string_view methodName() {
  std::string_view s = __PRETTY_FUNCTION__;
  s = s.substr(s.find('&') + 1);
  s = s.substr(0, s.find_first_of(";]"));
  return s.substr(s.rfind(':') + 1);
}

template <class T> concept Structure = requires { T::fields(); };
template <class T> struct FieldsOf { static constexpr std::array<FieldInfo, 0> table{}; };
template <Structure T> struct FieldsOf<T> { static constexpr auto table = T::fields(); };

template <class T> constexpr Kind kindOf() {
  if constexpr (requires { T::kind; }) return T::kind;
  else if constexpr (std::is_same_v<T, std::int32_t>) return Kind::i32;
  else if constexpr (std::is_same_v<T, std::uint32_t>) return Kind::u32;
  else if constexpr (std::is_same_v<T, std::int64_t>) return Kind::i64;
  else if constexpr (std::is_same_v<T, bool>) return Kind::boolean;
  else if constexpr (std::is_same_v<T, Hresult>) return Kind::hresult;
  else if constexpr (std::is_same_v<T, Guid>) return Kind::guid;
  else if constexpr (std::is_same_v<T, Bstr>) return Kind::bstr;
  else if constexpr (std::is_same_v<T, Wstr>) return Kind::wstr;
  else if constexpr (std::is_same_v<T, CoString>) return Kind::coString;
  else if constexpr (std::is_enum_v<T>) return Kind::enumeration;
  else if constexpr (std::is_pointer_v<T>) return Kind::object;
  else return Kind::structure;
}
template <class T> constexpr std::string_view describedType() {
  if constexpr (std::is_pointer_v<T>) return typeName<std::remove_pointer_t<T>>();
  else if constexpr (std::is_enum_v<T> || Structure<T>) return typeName<T>();
  else return {};
}

template <class T> constexpr ParamInfo paramOf(std::string_view name, Role role) {
  return {name, kindOf<T>(), role, false, false, false, 0, 0, describedType<T>(), FieldsOf<T>::table, sizeof(Raw<T>), sizeof(Raw<T>)};
}
template <class T> constexpr ParamInfo indirectParamOf(std::string_view name, Role role) {
  ParamInfo p = paramOf<T>(name, role);
  p.indirect = true;
  p.size = sizeof(T*);
  return p;
}
template <class A> struct Param {
  static constexpr ParamInfo info(std::string_view name) {
    ParamInfo p = paramOf<std::remove_cvref_t<A>>(name, Role::in);
    p.byReference = std::is_reference_v<A>;
    return p;
  }
};
template <class T> struct Param<Out<T>> { static constexpr ParamInfo info(std::string_view name) { return paramOf<T>(name, Role::out); } };
template <class T> struct Param<Out<Fresh<T>>> {
  static constexpr ParamInfo info(std::string_view name) { ParamInfo p = paramOf<T>(name, Role::out); p.fresh = true; return p; }
};
template <class T> struct Param<OutAlways<T>> { static constexpr ParamInfo info(std::string_view name) { return paramOf<T>(name, Role::outAlways); } };
template <class T> struct Param<OutOptional<T>> { static constexpr ParamInfo info(std::string_view name) { return paramOf<T>(name, Role::outOptional); } };
template <class T> struct Param<InStructure<T>> { static constexpr ParamInfo info(std::string_view name) { return indirectParamOf<T>(name, Role::in); } };
template <class T> struct Param<Out<Held<T>>> { static constexpr ParamInfo info(std::string_view name) { return indirectParamOf<T>(name, Role::out); } };
template <class T, unsigned Capacity, unsigned Filled> struct Param<OutArray<T, Capacity, Filled>> {
  static constexpr ParamInfo info(std::string_view name) {
    ParamInfo p = paramOf<T>(name, Role::outArray);
    p.countParam = Capacity;
    p.filledParam = Filled;
    return p;
  }
};
template <class T, unsigned N> struct Param<InArray<T, N>> {
  static constexpr ParamInfo info(std::string_view name) { ParamInfo p = paramOf<T>(name, Role::inArray); p.countParam = N; return p; }
};

template <class F> struct Signature;
template <class I, class R, class... A> struct Signature<R (VSS_CALL I::*)(A...)> { static constexpr std::size_t arity = sizeof...(A); };

}  // namespace detail

template <auto P, std::size_t N> struct DescribedMethod { std::array<std::string_view, N> names; };

// Names every parameter of a method, in order.
template <auto P, class... Names>
  requires(sizeof...(Names) == detail::Signature<decltype(P)>::arity)
constexpr auto method(Names... names) {
  return DescribedMethod<P, sizeof...(Names)>{{std::string_view(names)...}};
}

// The methods of an interface, in the order of their slots. Flat: a std::tuple of 48 costs every file that sees the description 3 s.
namespace detail {
template <std::size_t K, class M> struct Listed { M method; };
template <class Indices, class... M> struct ListedAll;
template <std::size_t... K, class... M> struct ListedAll<std::index_sequence<K...>, M...> : Listed<K, M>... {
  constexpr ListedAll(M... m) : Listed<K, M>{m}... {}
};
template <std::size_t K, class M> constexpr const M& listed(const Listed<K, M>& entry) { return entry.method; }
}  // namespace detail
template <class... M> struct MethodList : detail::ListedAll<std::index_sequence_for<M...>, M...> {
  static constexpr std::size_t count = sizeof...(M);
  constexpr MethodList(M... m) : detail::ListedAll<std::index_sequence_for<M...>, M...>(m...) {}
};

// Every interface says `struct IVssAsync : Interface<IVssAsync, IUnknown>`: forgetting the base is a compile error, not slot 0.
struct NoBase {};
template <class Self, class B = NoBase> struct Interface : B {
  using Base = B;
  using Described = Self;
  static constexpr bool hasSecondBase = false;
};
// The one that has IUnknown not first, but as a second base.
template <class Self, class B, class U> struct InterfaceAndUnknown : B, U {
  using Base = B;
  using Described = Self;
  using Unknown = U;
  static constexpr bool hasSecondBase = true;
};

template <class I> constexpr std::size_t slotCount() {
  if constexpr (std::is_same_v<I, NoBase>) return 0;
  else {
    static_assert(std::is_same_v<typename I::Described, I>, "derive from Interface<Self, Base>");
    return slotCount<typename I::Base>() + decltype(I::methods())::count;
  }
}

namespace detail {

template <class A> void* addressOf(A& a) { return const_cast<void*>(static_cast<const void*>(&a)); }

template <class F> struct Thunk;
template <class I, class R, class... A> struct Thunk<R (VSS_CALL I::*)(A...)> {
  template <auto P, std::size_t Index> struct At {
    static constexpr auto described = listed<Index>(I::methods());
    static constexpr auto params = []<std::size_t... N>(std::index_sequence<N...>) {
      return std::array<ParamInfo, sizeof...(A)>{Param<A>::info(described.names[N])...};
    }(std::index_sequence_for<A...>{});
    static constexpr std::uint16_t slot = slotCount<typename I::Base>() + Index;

    static HRESULT invoke(void* object, void* const* args) {
      auto entry = reinterpret_cast<R (VSS_CALL*)(Object*, A...)>((*static_cast<void***>(object))[slot]);
      return [&]<std::size_t... N>(std::index_sequence<N...>) {
        static_cast<void>(args);
        return static_cast<HRESULT>(entry(static_cast<Object*>(object), *static_cast<std::remove_reference_t<A>*>(args[N])...));
      }(std::index_sequence_for<A...>{});
    }
    static constexpr MethodInfo info{typeName<I>(), methodName<P>(), slot, params, std::is_same_v<R, HRESULT> ? Returns::hresult : Returns::count, &invoke};

    static R VSS_CALL enter(Object* self, A... a) {
      void* args[] = {addressOf(a)..., nullptr};
      return static_cast<R>(self->handler->handle(info, *self, args));
    }
    // Through the second vtable pointer of an object.
    static R VSS_CALL enterSecond(void** at, A... a) {
      void* args[] = {addressOf(a)..., nullptr};
      auto* self = reinterpret_cast<Object*>(at - 1);
      return static_cast<R>(self->handler->handle(info, *self, args));
    }
  };
};

template <class I, class Visit> constexpr void forEachMethod(Visit&& visit) {
  if constexpr (!std::is_same_v<I, NoBase>) {
    forEachMethod<typename I::Base>(visit);
    [&]<std::size_t... K>(std::index_sequence<K...>) {
      ([&]<auto P, std::size_t N>(const DescribedMethod<P, N>&) {
        visit.template operator()<typename Thunk<decltype(P)>::template At<P, K>>();
      }(listed<K>(I::methods())), ...);
    }(std::make_index_sequence<decltype(I::methods())::count>{});
  }
}

// An exported function: described by its type, its name and those of its parameters.
template <class F> struct Function;
template <class R, class... A> struct Function<R(VSS_CALL*)(A...)> {
  static HRESULT invoke(void* function, void* const* args) {
    auto entry = reinterpret_cast<R(VSS_CALL*)(A...)>(function);
    return [&]<std::size_t... N>(std::index_sequence<N...>) {
      if constexpr (std::is_void_v<R>) return entry(*static_cast<std::remove_reference_t<A>*>(args[N])...), HRESULT{0};
      else return entry(*static_cast<std::remove_reference_t<A>*>(args[N])...);
    }(std::index_sequence_for<A...>{});
  }
  template <class... Names> static constexpr std::array<ParamInfo, sizeof...(A)> params(Names... names) { return {Param<A>::info(names)...}; }
  static constexpr MethodInfo info(std::string_view name, std::span<const ParamInfo> params) {
    return {{}, name, kNoSlot, params, std::is_void_v<R> ? Returns::nothing : Returns::hresult, &invoke};
  }
};

}  // namespace detail

// The table of one interface. Built at first use; threads may call it at once.
template <class I> const InterfaceInfo& interfaceOf() {
  struct Table {
    std::array<const MethodInfo*, slotCount<I>()> methods{};
    std::array<void*, slotCount<I>()> vtable{};
    std::array<void*, 3> unknownVtable{};
    InterfaceInfo info;
    Table() {
      detail::forEachMethod<I>([&]<class M>() {
        methods[M::slot] = &M::info;
        vtable[M::slot] = reinterpret_cast<void*>(&M::enter);
      });
      const InterfaceInfo* base = nullptr;
      if constexpr (!std::is_same_v<typename I::Base, NoBase>) base = &interfaceOf<typename I::Base>();
      info = {detail::typeName<I>(), I::iid, base, methods, vtable.data(), nullptr};
      if constexpr (I::hasSecondBase) {
        detail::forEachMethod<typename I::Unknown>([&]<class M>() { unknownVtable[M::slot] = reinterpret_cast<void*>(&M::enterSecond); });
        info.unknownVtable = unknownVtable.data();
      }
    }
  };
  static const Table table;
  return table.info;
}

}  // namespace vss
