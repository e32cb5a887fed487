// What a requester reads metadata and components through, released when it goes.
#pragma once
#include "testing.h"

namespace vss::model {

template <class I> struct Released {
  Released() = default;
  Released(const Released&) = delete;
  ~Released() {
    if (object) {
      EXPECT_EQ(object->Release(), 0u);
    }
  }
  I* operator->() const { return object; }
  I* object = nullptr;
};

// The metadata of the writer at this place in the list.
struct MetadataReader : Released<IVssExamineWriterMetadataEx2> {
  explicit MetadataReader(const Requester& r, UINT index = 0) {
    IVssExamineWriterMetadata* metadata = nullptr;
    EXPECT_EQ(r->GetWriterMetadata(index, &instance, &metadata), S_OK);
    object = static_cast<IVssExamineWriterMetadataEx2*>(metadata);  // the model offers the whole vtable on every system
  }
  VSS_ID instance;
};

// A component of the document's.
struct ComponentReader : Released<IVssComponentEx2> {
  explicit ComponentReader(const Requester& r, UINT writer = 0, UINT index = 0) {
    Released<IVssWriterComponentsExt> components;
    IVssComponent* component = nullptr;
    EXPECT_EQ(r->GetWriterComponents(writer, &components.object), S_OK);
    EXPECT_EQ(components->GetComponent(index, &component), S_OK);
    object = static_cast<IVssComponentEx2*>(component);
  }
};

// Nothing: S_FALSE with NULL. Anything but S_OK beside it is a failure of the test.
template <class I> MaybeText textOf(I* object, HRESULT (VSS_CALL I::*get)(Out<Bstr>)) {
  char16_t* text = nullptr;
  HRESULT hresult = (object->*get)(&text);
  EXPECT_EQ(hresult, text ? S_OK : S_FALSE);
  return takeBstr(text);
}
template <class T, class I> T valueOf(I* object, HRESULT (VSS_CALL I::*get)(Out<T>)) {
  T value{};
  EXPECT_EQ((object->*get)(&value), S_OK);
  return value;
}

}  // namespace vss::model
