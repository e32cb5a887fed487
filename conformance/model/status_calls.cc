// The five calls of a status session. Pages: GatherWriterStatus, GetWriterStatusCount, GetWriterStatus, GetWriterStatusEx,
// FreeWriterStatus.
#include "backup_components.h"
#include "bstr.h"
#include "events.h"

namespace vss::model {
struct BackupComponents::StatusOutputs {
  VSS_ID* instance;
  VSS_ID* writer;
  char16_t** name;
  VSS_WRITER_STATE* state;
  HRESULT* failure;
  HRESULT* application = nullptr;
  char16_t** message = nullptr;
};

HRESULT BackupComponents::GatherWriterStatus(Out<IVssAsync*> pAsync) {
  return start(Method::gatherWriterStatus, machine->scenario.gatherWriterStatus, pAsync.at, mayGatherStatus, &Session::statusGather,
               statusGathered);
}

HRESULT BackupComponents::GetWriterStatusCount(Out<UINT> pcWriters) {
  HRESULT result = call(Method::getWriterStatusCount, !pcWriters.at, mayReadStatus, [&] {
    *pcWriters.at = static_cast<UINT>(session->record->size());
    return S_OK;
  });
  return withOutputs(*machine, result, pcWriters.at);
}

HRESULT BackupComponents::FreeWriterStatus() {
  return call(Method::freeWriterStatus, false, mayFreeStatus, [&] {
    if (session->record || session->statusGather) session->recordFreed = true;
    session->record.reset();
    session->statusGather = nullptr;
    return S_OK;
  });
}

HRESULT BackupComponents::readStatus(Method method, UINT index, const StatusOutputs& outputs) {
  bool ex = method == Method::getWriterStatusEx;
  bool failureNeeded = ex ? choices().nullFailureWriter == NullFailureWriter::invalidArgument
                          : choices().nullResultFailure == NullResultFailure::invalidArgument;
  bool missing = !outputs.instance || !outputs.writer || !outputs.name || !outputs.state || (!outputs.failure && failureNeeded);
  bool pastTheEnd = false;
  auto mayCall = [&] {
    HRESULT state = mayReadStatus(*session, choices());
    pastTheEnd = state == S_OK && index >= session->record->size();
    return state;
  };
  HRESULT result = answer(*machine, method, missing, mayCall, [&]() -> HRESULT {
    if (pastTheEnd) return VSS_E_OBJECT_NOT_FOUND;
    const WriterStatus& row = (*session->record)[index];
    HRESULT failure = row.failure;
    if (failure == VSS_E_WRITERERROR_PARTIAL_FAILURE) {
      if (ex && choices().partialFailureInGetWriterStatusEx == PartialFailureInGetWriterStatusEx::returned) return failure;
      if (!ex && choices().partialFailureInGetWriterStatus == PartialFailureInGetWriterStatus::nonRetryable)
        failure = VSS_E_WRITERERROR_NONRETRYABLE;
    }
    OwnedBstr name = newBstr(row.name);
    if (outputs.message) {
      bool empty = !row.applicationMessage && choices().applicationMessageWithoutFailure == ApplicationMessageWithoutFailure::empty;
      *outputs.message = newBstr(empty ? MaybeText(u"") : row.applicationMessage).release();
    }
    *outputs.name = name.release();
    *outputs.instance = row.instanceId;
    *outputs.writer = row.classId;
    *outputs.state = row.state;
    if (outputs.failure) *outputs.failure = failure;
    if (outputs.application) *outputs.application = row.applicationFailure;
    return S_OK;
  });
  if (missing && pastTheEnd && choices().nullPointerWithBadIndex == NullPointerWithBadIndex::objectNotFound)
    result = VSS_E_OBJECT_NOT_FOUND;
  if (ex && result == machine->onThisSystem(VSS_E_UNEXPECTED) &&
      choices().unexpectedInGetWriterStatusEx == UnexpectedInGetWriterStatusEx::unexpected)
    result = E_UNEXPECTED;
  return withOutputs(*machine, result, outputs.instance, outputs.writer, outputs.name, outputs.state, outputs.failure,
                     outputs.application, outputs.message);
}

HRESULT BackupComponents::GetWriterStatus(UINT iWriter, Out<VSS_ID> pidInstance, Out<VSS_ID> pidWriter, Out<Bstr> pbstrWriter,
                                          Out<VSS_WRITER_STATE> pnStatus, Out<Hresult> phResultFailure) {
  return readStatus(Method::getWriterStatus, iWriter, {pidInstance.at, pidWriter.at, pbstrWriter.at, pnStatus.at, phResultFailure.at});
}

HRESULT BackupComponents::GetWriterStatusEx(UINT iWriter, Out<VSS_ID> pidInstance, Out<VSS_ID> pidWriter, Out<Bstr> pbstrWriter,
                                            Out<VSS_WRITER_STATE> pnStatus, Out<Hresult> phrFailureWriter,
                                            OutOptional<Hresult> phrApplication, OutOptional<Bstr> pbstrApplicationMessage) {
  return readStatus(Method::getWriterStatusEx, iWriter,
                    {pidInstance.at, pidWriter.at, pbstrWriter.at, pnStatus.at, phrFailureWriter.at, phrApplication.at,
                     pbstrApplicationMessage.at});
}

}  // namespace vss::model
